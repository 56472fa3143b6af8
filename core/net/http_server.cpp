#include "core/net/http_server.hpp"

#include "core/base/log.hpp"
#include "core/io/deadline.hpp"
#include "core/io/task_group.hpp"
#include "core/net/http_session.hpp"
#include "core/net/url.hpp"

#include <map>
#include <optional>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mesh::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using acceptor_type = asio::basic_socket_acceptor<tcp, io::executor>;

namespace {

constexpr int backlog = 512;
constexpr int port_tries = 16;  // for a free port that is free on every address
constexpr auto out_of_descriptors_pause = std::chrono::milliseconds(100);

struct opened {
  std::vector<acceptor_type> acceptors;
  error_code failure;
  std::string address;  // at fault
};

bool family_missing(const error_code& failure) {
  return failure == asio::error::address_family_not_supported ||
         failure == error_code(EADDRNOTAVAIL, boost::system::system_category());
}

error_code open_one(acceptor_type& acceptor, const tcp::endpoint& at, bool with_v4) {
  error_code failure;
  acceptor.open(at.protocol(), failure);
  if (failure) return failure;
  acceptor.set_option(asio::socket_base::reuse_address(true), failure);
  if (at.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(with_v4), failure);
  acceptor.bind(at, failure);
  if (!failure) acceptor.listen(backlog, failure);
  return failure;
}

// Every address on one port; stops at the first that fails for a reason other than a missing family.
opened open_all(const io::executor& on, const std::vector<asio::ip::address>& addresses, std::uint16_t port) {
  opened out;
  bool with_v4 = false;
  for (const auto& address : addresses) with_v4 |= address.is_v4();
  for (const auto& address : addresses) {
    acceptor_type acceptor(on);
    const auto failure = open_one(acceptor, {address, port}, with_v4);
    if (failure) {
      out.failure = failure;
      out.address = address.to_string();
      if (family_missing(failure) && addresses.size() > 1) continue;
      return out;
    }
    if (port == 0) port = acceptor.local_endpoint().port();
    out.acceptors.push_back(std::move(acceptor));
  }
  if (!out.acceptors.empty()) out.failure = {};
  return out;
}

// Warns of what a flood would repeat: once, then at most every few seconds with the number of times.
class rare_warning {
 public:
  void say(const std::string& what) {
    ++times_;
    const auto now = std::chrono::steady_clock::now();
    if (last_ && now - *last_ < interval) return;
    log::warn("net", "{} ({} times)", what, std::exchange(times_, 0));
    last_ = now;
  }

 private:
  static constexpr auto interval = std::chrono::seconds(10);
  std::optional<std::chrono::steady_clock::time_point> last_;
  std::size_t times_ = 0;
};

}  // namespace

struct http_server::state {
  state(const io::executor& ex, http_server_options options, http_handler on_request, ws_handler on_upgrade)
      : on(ex), accepting(ex, "net"), sessions(ex, "net") {
    context.options = std::move(options);
    context.on_request = std::move(on_request);
    context.on_upgrade = std::move(on_upgrade);
  }

  result<std::vector<asio::ip::address>> addresses() const {
    std::vector<asio::ip::address> out;
    for (const auto& host : context.options.hosts) {
      if (host == "localhost") {
        out.insert(out.end(), {asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()});
        continue;
      }
      error_code failure;
      out.push_back(asio::ip::make_address(host, failure));
      if (failure) return fail(errc::address_invalid, "\"" + host + "\" is not a numeric address", "host");
    }
    if (out.empty()) return fail(errc::address_invalid, "no address to listen on", "host");
    return out;
  }

  // The tasks hold the state, so that a server may be destroyed before they have unwound.
  static io::task<> accept_on(std::shared_ptr<state> self, std::size_t index) {
    auto& acceptor = self->acceptors[index];
    while (true) {
      socket_type socket(self->on);
      error_code failure;
      co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, failure));
      if (failure == asio::error::operation_aborted) co_return;
      if (failure) {
        // Out of descriptors, or the client has gone again; the next one may have more luck.
        self->not_accepted.say("a connection could not be accepted: " + failure.message());
        co_await io::sleep_for(out_of_descriptors_pause);
        continue;
      }
      begin(self, any_stream(std::move(socket)));
    }
  }

  static void begin(const std::shared_ptr<state>& self, any_stream stream) {
    const auto& bounds = self->context.options.limits;
    auto address = stream.remote_address();
    auto& same_address = self->per_address[address];
    if (self->sessions.size() >= bounds.connections_max ||
        (same_address >= bounds.connections_per_address_max && !is_loopback(address))) {
      self->too_many.say("too many connections, " + address + " is turned away");
      if (same_address == 0) self->per_address.erase(address);
      return;
    }
    ++same_address;
    self->sessions.spawn("a connection", serve(self, std::move(stream), std::move(address)));
  }

  static io::task<> serve(std::shared_ptr<state> self, any_stream stream, std::string address) {
    const leaving guard{*self, address};
    co_await serve_connection(self->context, std::move(stream));
  }

  struct leaving {
    state& of;
    const std::string& address;
    ~leaving() {
      if (const auto found = of.per_address.find(address);
          found != of.per_address.end() && --found->second == 0)
        of.per_address.erase(found);
    }
  };

  io::executor on;
  http_session_context context;
  std::vector<acceptor_type> acceptors;
  std::map<std::string, std::size_t> per_address;
  io::task_group accepting;
  io::task_group sessions;
  rare_warning too_many;
  rare_warning not_accepted;
};

http_server::http_server(const io::executor& on, http_server_options options, http_handler on_request,
                         ws_handler on_upgrade)
    : state_(std::make_shared<state>(on, std::move(options), std::move(on_request), std::move(on_upgrade))) {}

http_server::~http_server() {
  state_->context.stopping = true;
  error_code unused;
  for (auto& acceptor : state_->acceptors) acceptor.close(unused);
  state_->accepting.cancel();
  state_->sessions.cancel();
}

result<void> http_server::listen() {
  auto& s = *state_;
  const auto addresses = s.addresses();
  if (!addresses) return std::unexpected(addresses.error());
  const auto port = s.context.options.port;
  opened got;
  for (int tries = 0; tries < port_tries; ++tries) {
    got = open_all(s.on, *addresses, port);
    if (port != 0 || got.failure != asio::error::address_in_use) break;
  }
  if (got.failure == asio::error::address_in_use)
    return fail(errc::port_in_use, "port " + std::to_string(port) + " is already in use on " + got.address,
                "port");
  if (family_missing(got.failure))
    return fail(errc::address_invalid, "this machine has no address " + got.address, "host");
  if (got.failure)
    return fail(errc::io, "cannot listen on " + got.address + ": " + got.failure.message(), "port");
  s.acceptors = std::move(got.acceptors);
  for (std::size_t i = 0; i < s.acceptors.size(); ++i)
    s.accepting.spawn("accepting connections", state::accept_on(state_, i));
  return {};
}

std::uint16_t http_server::port() const {
  return state_->acceptors.empty() ? std::uint16_t{0} : state_->acceptors.front().local_endpoint().port();
}

std::vector<std::string> http_server::addresses() const {
  std::vector<std::string> out;
  for (const auto& acceptor : state_->acceptors) {
    const auto at = acceptor.local_endpoint();
    out.push_back(format_host_port(at.address().to_string(), at.port()));
  }
  return out;
}

std::size_t http_server::connections() const {
  return state_->sessions.size();
}

io::task<> http_server::stop(std::chrono::nanoseconds grace) {
  const auto held = state_;
  held->context.stopping = true;
  co_await held->accepting.stop();
  error_code unused;
  for (auto& acceptor : held->acceptors) acceptor.close(unused);
  // An end may take its entry off the list.
  for (auto at = held->context.gentle_ends.begin(); at != held->context.gentle_ends.end();) (*at++)();
  const bool drained = co_await io::finished_within(held->sessions.join(), grace);
  if (!drained) log::warn("net", "{} connections did not end in time and are cut", held->sessions.size());
  co_await held->sessions.stop();
}

}  // namespace mesh::net
