#include "core/net/any_stream.hpp"

#include "core/net/tls_session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <sys/uio.h>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace mesh::net {

namespace asio = boost::asio;
using boost::system::error_code;
using timer_type = asio::basic_waitable_timer<std::chrono::steady_clock,
                                              asio::wait_traits<std::chrono::steady_clock>, io::executor>;

namespace {

constexpr std::size_t record_bytes_max = 16 * 1024;  // RFC 8446 section 5.1

asio::socket_base::wait_type wait_for(tls_session::step next) {
  return next == tls_session::step::wait_write ? asio::socket_base::wait_write : asio::socket_base::wait_read;
}

bool must_wait(tls_session::step next) {
  return next == tls_session::step::wait_read || next == tls_session::step::wait_write;
}

error_code failure_of(tls_session::step next) {
  if (next == tls_session::step::done) return {};
  if (next == tls_session::step::closed) return asio::error::eof;
  return asio::error::connection_reset;
}

// The pieces of one write as one run of bytes, so that small pieces share a TLS record.
std::vector<char> joined(const any_stream::gather& from) {
  std::vector<char> out;
  for (const auto& piece : from) {
    const auto room = std::min(piece.size(), record_bytes_max - out.size());
    const auto* begin = static_cast<const char*>(piece.data());
    out.insert(out.end(), begin, begin + room);
  }
  return out;
}

}  // namespace

struct any_stream::impl : std::enable_shared_from_this<impl> {
  explicit impl(socket_type connected) : socket(std::move(connected)), deadline(socket.get_executor()) {
    error_code unused;
    socket.set_option(asio::ip::tcp::no_delay(true), unused);
    socket.non_blocking(true, unused);
    const auto peer = socket.remote_endpoint(unused);
    auto address = peer.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
      address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    if (!unused) remote = address.to_string();
    remote_port = peer.port();
  }

  // Operations aborted because the time is up say so.
  error_code named(error_code failure) const {
    return failure == asio::error::operation_aborted && expired ? error_code(asio::error::timed_out)
                                                                : failure;
  }

  void finish_later(completion done, error_code failure, std::size_t count) {
    asio::post(socket.get_executor(),
               [done = std::move(done), failure, count]() mutable { done(failure, count); });
  }

  void read_tls(asio::mutable_buffer into, completion done, bool may_call) {
    const auto got = tls->read(into.data(), into.size());
    if (must_wait(got.next)) {
      auto again = [self = shared_from_this(), into, done = std::move(done)](error_code failure) mutable {
        if (failure || !self->socket.is_open())
          return done(failure ? self->named(failure) : error_code(asio::error::operation_aborted), 0);
        self->read_tls(into, std::move(done), true);
      };
      return socket.async_wait(wait_for(got.next), std::move(again));
    }
    if (may_call) return done(failure_of(got.next), got.count);
    finish_later(std::move(done), failure_of(got.next), got.count);
  }

  void write_tls(std::vector<char> record, completion done, bool may_call) {
    const auto put = tls->write(record.data(), record.size());
    if (must_wait(put.next)) {
      auto again = [self = shared_from_this(), record = std::move(record),
                    done = std::move(done)](error_code failure) mutable {
        if (failure || !self->socket.is_open())
          return done(failure ? self->named(failure) : error_code(asio::error::operation_aborted), 0);
        self->write_tls(std::move(record), std::move(done), true);
      };
      return socket.async_wait(wait_for(put.next), std::move(again));
    }
    if (may_call) return done(failure_of(put.next), put.count);
    finish_later(std::move(done), failure_of(put.next), put.count);
  }

  // What write_at_once() could not hand over, and the write that came meanwhile.
  struct remainder {
    std::vector<char> bytes;
    gather next;
    completion next_done;
  };

  completion remainder_gone() {
    return [self = shared_from_this()](error_code, std::size_t) {
      // A failure meets the next operation, too.
      const auto done = std::move(self->rest);
      if (done && done->next_done) start_write(self.get(), done->next, std::move(done->next_done));
    };
  }

  // The number of bytes the kernel took.
  std::size_t send_some(std::string_view head, std::string_view tail) {
    std::array<iovec, 2> pieces{
        {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(tail.data()), tail.size()}}};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const auto count = ::sendmsg(socket.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }

  void close() {
    deadline.cancel();
    if (!socket.is_open()) return;
    if (tls) tls->shutdown();
    error_code unused;
    socket.close(unused);
  }

  socket_type socket;
  timer_type deadline;
  std::unique_ptr<tls_session> tls;
  std::string remote;
  std::uint16_t remote_port = 0;
  std::unique_ptr<remainder> rest;  // while there is one
  bool expired = false;
  bool writing = false;  // an asynchronous write is pending
};

any_stream::any_stream(socket_type socket) : impl_(std::make_shared<impl>(std::move(socket))) {}

any_stream::~any_stream() {
  if (impl_) impl_->close();
}

any_stream::executor_type any_stream::get_executor() noexcept {
  return impl_->socket.get_executor();
}
std::string any_stream::remote_address() const {
  return impl_->remote;
}
std::uint16_t any_stream::remote_port() const {
  return impl_->remote_port;
}
bool any_stream::secure() const {
  return impl_->tls != nullptr;
}

std::weak_ptr<any_stream::impl> any_stream::weak_of(impl* on) {
  return on->weak_from_this();
}

void any_stream::cut(const std::weak_ptr<impl>& on) {
  if (const auto held = on.lock()) held->close();
}

void any_stream::start_read(impl* on, asio::mutable_buffer into, completion done) {
  if (on->expired) return on->finish_later(std::move(done), asio::error::timed_out, 0);
  if (!on->socket.is_open()) return on->finish_later(std::move(done), asio::error::operation_aborted, 0);
  if (on->tls && into.size() > 0) return on->read_tls(into, std::move(done), false);
  on->socket.async_read_some(
      into, [self = on->shared_from_this(), done = std::move(done)](
                error_code failure, std::size_t count) mutable { done(self->named(failure), count); });
}

void any_stream::start_write(impl* on, const gather& from, completion done) {
  if (on->expired) return on->finish_later(std::move(done), asio::error::timed_out, 0);
  if (!on->socket.is_open()) return on->finish_later(std::move(done), asio::error::operation_aborted, 0);
  if (on->rest) {
    on->rest->next = from;
    on->rest->next_done = std::move(done);
    return;
  }
  on->writing = true;
  if (on->tls) {
    auto ended = [self = on->shared_from_this(), done = std::move(done)](error_code failure,
                                                                         std::size_t count) mutable {
      self->writing = false;
      done(failure, count);
    };
    auto record = joined(from);
    if (record.empty()) return on->finish_later(std::move(ended), {}, 0);
    return on->write_tls(std::move(record), std::move(ended), false);
  }
  on->socket.async_write_some(from, [self = on->shared_from_this(), done = std::move(done)](
                                        error_code failure, std::size_t count) mutable {
    self->writing = false;
    done(self->named(failure), count);
  });
}

bool any_stream::write_at_once(std::string_view head, std::string_view rest) {
  auto& on = *impl_;
  if (on.expired || !on.socket.is_open() || on.writing || on.rest) return false;
  if (on.tls) {
    if (head.size() + rest.size() > record_bytes_max) return false;
    on.rest = std::make_unique<impl::remainder>();
    on.write_tls(joined({asio::buffer(head.data(), head.size()), asio::buffer(rest.data(), rest.size())}),
                 on.remainder_gone(), true);
    return true;
  }
  const auto sent = on.send_some(head, rest);
  if (sent == 0) return false;
  if (sent == head.size() + rest.size()) return true;
  on.rest = std::make_unique<impl::remainder>();
  auto& bytes = on.rest->bytes;
  bytes.assign(head.begin(), head.end());
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(sent));
  asio::async_write(on.socket, asio::buffer(bytes), on.remainder_gone());
  return true;
}

void any_stream::expires_after(std::chrono::nanoseconds duration) {
  impl_->expired = false;
  impl_->deadline.expires_after(duration);
  impl_->deadline.async_wait([weak = std::weak_ptr(impl_)](error_code failure) {
    const auto self = weak.lock();
    if (failure || !self || self->deadline.expiry() > std::chrono::steady_clock::now()) return;
    self->expired = true;
    error_code unused;
    self->socket.cancel(unused);
  });
}

void any_stream::expires_never() {
  impl_->expired = false;
  impl_->deadline.expires_at(timer_type::time_point::max());
}

void any_stream::close() {
  impl_->close();
}

void any_stream::shutdown_send() {
  if (!impl_->socket.is_open()) return;
  if (impl_->tls) impl_->tls->shutdown();
  error_code unused;
  impl_->socket.shutdown(asio::socket_base::shutdown_send, unused);
}

io::task<> any_stream::linger(std::chrono::nanoseconds duration) {
  static constexpr std::size_t discarded_bytes_max = 4 * 1024 * 1024;
  const auto held = impl_;
  shutdown_send();
  expires_after(duration);
  std::array<char, 4096> scrap;
  std::size_t discarded = 0;
  error_code failure;
  // The peer's plain bytes matter no more, whether they are TLS records or not.
  while (!failure && discarded < discarded_bytes_max && held->socket.is_open())
    discarded += co_await held->socket.async_read_some(asio::buffer(scrap),
                                                       asio::redirect_error(asio::use_awaitable, failure));
  held->close();
}

void any_stream::write_now(std::string_view data) {
  if (!impl_->socket.is_open()) return;
  if (impl_->tls) {
    static_cast<void>(impl_->tls->write(data.data(), data.size()));
    return;
  }
  static_cast<void>(
      ::send(impl_->socket.native_handle(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

io::task<result<void>> any_stream::handshake() {
  const auto held = impl_;
  while (true) {
    const auto got = held->tls->handshake();
    if (got.next == tls_session::step::done) co_return result<void>();
    if (!must_wait(got.next)) co_return std::unexpected(held->tls->failure());
    error_code failure;
    if (held->expired)
      failure = asio::error::timed_out;
    else
      co_await held->socket.async_wait(wait_for(got.next),
                                       asio::redirect_error(asio::use_awaitable, failure));
    if (held->named(failure) == asio::error::timed_out)
      co_return fail(errc::timed_out, "the TLS handshake took too long");
    if (failure) co_return fail(errc::connection_lost, failure.message());
  }
}

io::task<result<void>> any_stream::handshake_as_server(std::shared_ptr<const tls_context> tls) {
  auto made = tls_session::accept(std::move(tls), impl_->socket.native_handle());
  if (!made) co_return pass(made);
  impl_->tls = std::move(*made);
  co_return co_await handshake();
}

io::task<result<void>> any_stream::handshake_as_client(std::shared_ptr<const tls_context> tls,
                                                       std::string host) {
  auto made = tls_session::connect(std::move(tls), impl_->socket.native_handle(), host);
  if (!made) co_return pass(made);
  impl_->tls = std::move(*made);
  co_return co_await handshake();
}

}  // namespace mesh::net
