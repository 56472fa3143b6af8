// The state of one WebSocket connection over Beast; ws_channel.hpp is what others see of it.
#pragma once
#include "core/io/condition.hpp"
#include "core/io/task.hpp"
#include "core/net/any_stream.hpp"
#include "core/net/ws_channel.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/stream.hpp>

// What Beast wants to know about a transport of ours; found by argument-dependent lookup.
namespace mesh::net {

inline void beast_close_socket(any_stream& stream) {
  stream.close();
}

inline void teardown(boost::beast::role_type, any_stream& stream, boost::system::error_code& failure) {
  stream.shutdown_send();
  failure = {};
}

// Only says goodbye; ws_core lingers afterwards until the peer has read it.
template <class Handler>
void async_teardown(boost::beast::role_type, any_stream& stream, Handler&& handler) {
  stream.shutdown_send();
  boost::asio::post(stream.get_executor(),
                    [done = std::forward<Handler>(handler)]() mutable { done(boost::system::error_code()); });
}

using ws_stream = boost::beast::websocket::stream<any_stream, false>;

// Everything of one connection; its coroutines keep it alive, the channel only points to it.
class ws_core : public std::enable_shared_from_this<ws_core> {
 public:
  ws_core(any_stream stream, ws_limits bounds, boost::beast::role_type role);

  ws_stream& stream() { return ws_; }

  // After the opening handshake.
  void opened();

  // As ws_channel's.
  void send(std::string text);
  void close(std::uint16_t code, std::string reason);
  io::task<result<std::string>> receive();
  io::task<> closed();
  io::task<> drained(std::size_t bytes_max);

  // The owner is gone: nobody waits for a closing handshake.
  void abandon();

  bool is_open() const { return open_ && !closing_ && !failure_; }
  std::uint16_t close_received() const { return close_received_; }
  std::size_t queued() const { return queue_.size(); }

  const std::string remote;

 private:
  void on_control(boost::beast::websocket::frame_type kind);
  void notify();
  // Ends the connection as it stands.
  void cut();
  // A read ended by failure. Beast has answered a broken rule or a close frame by then.
  void ended_by(const boost::system::error_code& failure);
  error meaning_of(const boost::system::error_code& failure) const;
  // Almost every message of a server goes this way: one system call, no coroutine. Never between two pieces
  // of what Beast writes by itself (pong, close), which are pending writes of the stream.
  bool send_at_once(std::string_view text);
  // Exists only while there is something to write, so that an idle connection costs no coroutine.
  void start_writer();
  io::task<> write_all();
  void start_linger();
  io::task<> linger();

  boost::beast::role_type role_;
  ws_limits bounds_;
  ws_stream ws_;
  std::optional<io::condition> changed_;  // made when somebody waits
  std::list<std::string> queue_;          // no allocation while empty
  std::size_t queue_bytes_ = 0;
  boost::beast::websocket::close_reason closing_with_;
  std::optional<error> failure_;
  std::chrono::steady_clock::time_point pings_since_;
  std::size_t pings_ = 0;
  std::uint16_t close_received_ = 0;
  bool open_ = false;
  bool closing_ = false;
  bool peer_closing_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool lingering_ = false;
};

}  // namespace mesh::net
