#include "agent/control/control_server.hpp"

#include "agent/control/message_reader.hpp"
#include "agent/control/socket_place.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <sys/stat.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace mesh::control {
namespace {

namespace asio = boost::asio;
using local_socket = asio::local::stream_protocol::socket;
using boost::system::error_code;

constexpr std::string_view module = "control";

}  // namespace

// One client. Lives as long as its pending reads and writes and the requests it asked for.
class connection : public std::enable_shared_from_this<connection> {
 public:
  connection(local_socket socket, handler serve, std::function<void(connection*)> on_end)
      : socket_(std::move(socket)), serve_(std::move(serve)), on_end_(std::move(on_end)) {}

  void start() { read(); }
  void send(const answer& a);
  // Ends it at once; the open requests are told.
  void close();
  bool closed() const { return closed_; }
  void end_request(std::int64_t id) { gone_calls_.erase(id); }
  void set_gone(std::int64_t id, std::function<void()> call);

 private:
  void read();
  void take(bytes_view data);
  void dispatch(request r);
  void write();
  // Writes what is queued, then closes.
  void close_after_writing();

  local_socket socket_;
  handler serve_;
  std::function<void(connection*)> on_end_;
  message_reader reader_;
  std::array<std::byte, 16 * 1024> input_{};
  std::deque<bytes> output_;
  std::map<std::int64_t, std::function<void()>> gone_calls_;  // one entry per open request
  bool writing_ = false;
  bool ending_ = false;
  bool closed_ = false;
};

namespace {

class connection_reply final : public reply {
 public:
  connection_reply(std::shared_ptr<connection> to, std::int64_t id) : to_(std::move(to)), id_(id) {}
  ~connection_reply() override {
    // Nobody may be left waiting because a handler forgot to answer.
    if (!ended_) fail({errc::internal, "the request was dropped", {}});
  }
  connection_reply(const connection_reply&) = delete;
  connection_reply& operator=(const connection_reply&) = delete;

  void event(std::string_view type, wire::json_object payload) override {
    if (!ended_) to_->send({id_, std::string(type), std::move(payload)});
  }
  void done(wire::json_object payload) override { end({id_, "done", std::move(payload)}); }
  void fail(const error& e) override { end(error_answer(id_, e)); }
  void on_gone(std::function<void()> call) override {
    if (!ended_) to_->set_gone(id_, std::move(call));
  }

 private:
  void end(const answer& last) {
    if (std::exchange(ended_, true)) return;
    to_->end_request(id_);
    to_->send(last);
  }

  std::shared_ptr<connection> to_;
  std::int64_t id_;
  bool ended_ = false;
};

}  // namespace

void connection::read() {
  socket_.async_read_some(asio::buffer(input_),
                          [self = shared_from_this()](error_code code, std::size_t count) {
                            if (self->closed_) return;
                            if (code) return self->close();
                            self->take(bytes_view(self->input_).first(count));
                            if (!self->closed_ && !self->ending_) self->read();
                          });
}

void connection::take(bytes_view data) {
  reader_.feed(data);
  while (!closed_ && !ending_) {
    auto body = reader_.next();
    if (!body) {
      log::warn(module, "a control client sent nonsense: {}", body.error().detail);
      send(error_answer(0, body.error()));
      return close_after_writing();
    }
    if (!*body) return;
    auto parsed = parse_request(**body);
    if (!parsed) {
      send(error_answer(0, parsed.error()));
      return close_after_writing();
    }
    dispatch(std::move(*parsed));
  }
}

void connection::dispatch(request r) {
  const auto id = r.id;
  if (gone_calls_.contains(id)) return send(error_answer(id, {errc::conflict, "that id is in use", "id"}));
  if (gone_calls_.size() >= limits::control_requests_max)
    return send(error_answer(id, {errc::busy, "too many requests on one connection", {}}));
  gone_calls_.emplace(id, nullptr);
  serve_(std::move(r), std::make_shared<connection_reply>(shared_from_this(), id));
}

void connection::set_gone(std::int64_t id, std::function<void()> call) {
  if (closed_) return call();
  const auto at = gone_calls_.find(id);
  if (at != gone_calls_.end()) at->second = std::move(call);
}

void connection::send(const answer& a) {
  if (closed_ || ending_) return;
  const bool slow = output_.size() >= limits::control_queue_messages_max;
  if (slow && !a.is_end()) return;
  for (auto& frame : to_frames(a)) output_.push_back(std::move(frame));
  if (!writing_) write();
}

void connection::write() {
  writing_ = true;
  asio::async_write(socket_, asio::buffer(output_.front()),
                    [self = shared_from_this()](error_code code, std::size_t) {
                      self->writing_ = false;
                      if (self->closed_) return;
                      if (code) return self->close();
                      self->output_.pop_front();
                      if (!self->output_.empty()) return self->write();
                      if (self->ending_) self->close();
                    });
}

void connection::close_after_writing() {
  ending_ = true;
  if (!writing_ && output_.empty()) close();
}

void connection::close() {
  if (std::exchange(closed_, true)) return;
  const auto self = shared_from_this();
  error_code ignored;
  socket_.close(ignored);
  for (auto& [id, call] : std::exchange(gone_calls_, {}))
    if (call) call();
  if (on_end_) on_end_(this);
}

struct control_server::state : std::enable_shared_from_this<control_server::state> {
  state(const io::executor& on, handler s, peer_check c)
      : serve(std::move(s)), check(std::move(c)), acceptor(on) {}

  void accept();
  void admit(local_socket socket);
  void turn_away(local_socket& socket);

  handler serve;
  peer_check check;
  asio::local::stream_protocol::acceptor acceptor;
  std::filesystem::path path;
  std::set<std::shared_ptr<connection>> open;
  bool closed = false;
};

void control_server::state::accept() {
  acceptor.async_accept([self = shared_from_this()](error_code code, local_socket socket) {
    if (self->closed || code == asio::error::operation_aborted) return;
    if (!code) self->admit(std::move(socket));
    self->accept();
  });
}

void control_server::state::admit(local_socket socket) {
  if (const auto known = check(socket.native_handle()); !known) {
    log::warn(module, "a control connection was refused: {}", known.error().detail);
    return;
  }
  if (open.size() >= limits::control_connections_max) return turn_away(socket);
  auto made =
      std::make_shared<connection>(std::move(socket), serve, [weak = weak_from_this()](connection* ended) {
        if (const auto self = weak.lock())
          std::erase_if(self->open, [ended](const auto& c) { return c.get() == ended; });
      });
  open.insert(made);
  made->start();
}

// Who asks reads that instead of taking the closed connection for an agent that does not run.
void control_server::state::turn_away(local_socket& socket) {
  log::warn(module, "too many control connections; the newest was refused");
  const error full{errc::busy, fmt::format("{} commands are connected to this agent", open.size()), {}};
  error_code ignored;
  socket.non_blocking(true, ignored);
  if (const auto frame = to_frame(render(error_answer(0, full))))
    socket.send(asio::buffer(*frame), MSG_NOSIGNAL, ignored);
}

control_server::control_server(const io::executor& on, handler serve, peer_check check)
    : state_(std::make_shared<state>(on, std::move(serve), std::move(check))) {}

control_server::~control_server() {
  close();
}

result<void> control_server::listen(const std::filesystem::path& path) {
  if (path.native().size() > socket_path_bytes_max)
    return fail(errc::address_invalid,
                fmt::format("{} is longer than a Unix socket's path may be", path.string()));
  if (::mkdir(path.parent_path().c_str(), 0700) != 0 && errno != EEXIST)
    return fail(errc::io, fmt::format("{}: {}", path.parent_path().string(), std::strerror(errno)));
  if (socket_is_live(path))
    return fail(errc::conflict, fmt::format("{} is served by another process", path.string()));
  ::unlink(path.c_str());
  error_code code;
  auto& acceptor = state_->acceptor;
  acceptor.open(asio::local::stream_protocol(), code);
  // fchmod has no effect on an unbound socket, so the mode comes from the umask: no moment at which others
  // could connect.
  const auto old_mask = ::umask(0177);
  if (!code) acceptor.bind(asio::local::stream_protocol::endpoint(path.native()), code);
  ::umask(old_mask);
  if (!code) acceptor.listen(16, code);
  if (code) return fail(errc::io, fmt::format("{}: {}", path.string(), code.message()));
  state_->path = path;
  state_->accept();
  return {};
}

void control_server::close() {
  if (std::exchange(state_->closed, true)) return;
  error_code ignored;
  state_->acceptor.close(ignored);
  for (const auto& c : std::set(state_->open)) c->close();
  if (!state_->path.empty()) ::unlink(state_->path.c_str());
}

std::size_t control_server::connections() const {
  return state_->open.size();
}

}  // namespace mesh::control
