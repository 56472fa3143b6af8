// A TCP connection, plain or TLS, as one type that Beast and Asio algorithms can use (AsyncReadStream,
// AsyncWriteStream). Handlers are type-erased here, so that their operations are compiled once and not once
// for each transport. For the .cpp files of core/net only.
#pragma once
#include "core/io/task.hpp"
#include "core/net/tls_context.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace mesh::net {

using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp, io::executor>;

// A handle: one owner; its end closes the connection. One read and one write may be pending at a time, on the
// thread of the executor. Cancelling an operation cuts the connection.
class any_stream {
 public:
  using executor_type = io::executor;
  using completion = std::move_only_function<void(boost::system::error_code, std::size_t)>;
  static constexpr std::size_t gather_max = 8;
  using gather = std::array<boost::asio::const_buffer, gather_max>;

  explicit any_stream(socket_type socket);
  any_stream(any_stream&&) noexcept = default;
  any_stream& operator=(any_stream&&) = delete;
  ~any_stream();

  executor_type get_executor() noexcept;
  std::string remote_address() const;  // numeric IP, IPv4-mapped addresses as IPv4
  std::uint16_t remote_port() const;
  bool secure() const;

  // TLS from here on. Errors: handshake_failed, peer_unverified, connection_lost, timed_out.
  io::task<result<void>> handshake_as_server(std::shared_ptr<const tls_context> tls);
  io::task<result<void>> handshake_as_client(std::shared_ptr<const tls_context> tls, std::string host);

  // From now on every operation fails with asio::error::timed_out once duration has passed, until set anew.
  void expires_after(std::chrono::nanoseconds duration);
  void expires_never();

  // Fails pending operations and closes at once.
  void close();
  // Says that nothing more will be written (TLS close_notify, FIN).
  void shutdown_send();
  // shutdown_send(), then reads and discards until the peer closed, so that no reset destroys what it has not
  // read yet; at most for duration. Then close().
  io::task<> linger(std::chrono::nanoseconds duration);
  // Writes everything, without waiting: what the kernel does not take now goes out before any later write.
  // False, and nothing is written, while another write is pending or the stream is broken, and for more than
  // a TLS record holds: write it as usual then.
  bool write_at_once(std::string_view head, std::string_view rest);
  // Hands a few bytes to the kernel if it takes them now; they are lost otherwise.
  void write_now(std::string_view data);

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    auto start = [](auto handler, impl* on, boost::asio::mutable_buffer into) {
      start_read(on, into, erase(on, std::move(handler)));
    };
    boost::asio::mutable_buffer first;
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers); ++at)
      if (first = *at; first.size() > 0) break;
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        std::move(start), token, impl_.get(), first);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    auto start = [](auto handler, impl* on, gather from) {
      start_write(on, from, erase(on, std::move(handler)));
    };
    gather first{};
    std::size_t used = 0;
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers) && used < gather_max; ++at)
      if (boost::asio::const_buffer one = *at; one.size() > 0) first[used++] = one;
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        std::move(start), token, impl_.get(), first);
  }

 private:
  struct impl;

  template <class Handler>
  static completion erase(impl* on, Handler handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    if (!slot.is_connected()) return completion(std::move(handler));
    slot.assign([weak = weak_of(on)](boost::asio::cancellation_type) { cut(weak); });
    return
        [slot, handler = std::move(handler)](boost::system::error_code failure, std::size_t count) mutable {
          slot.clear();
          handler(failure, count);
        };
  }
  static std::weak_ptr<impl> weak_of(impl* on);
  static void cut(const std::weak_ptr<impl>& on);
  static void start_read(impl* on, boost::asio::mutable_buffer into, completion done);
  static void start_write(impl* on, const gather& from, completion done);
  io::task<result<void>> handshake();

  std::shared_ptr<impl> impl_;
};

}  // namespace mesh::net
