// Round trips of messages as small as a key press, on a stream of their own (purpose "ping"): what one side
// writes the other one sends back, byte for byte. Or by datagrams, where a connection has them.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "core/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>

namespace mesh::p2p {

// The first byte of a datagram says what it is.
inline constexpr std::byte datagram_ping{0x01};
inline constexpr std::byte datagram_pong{0x02};
inline constexpr std::size_t datagram_ping_bytes_max = 64;

// What goes back to the sender of this datagram: a ping's own bytes as a pong. Nothing for all else.
std::optional<bytes> answer_to_datagram(bytes_view datagram);

// The side that asks.
class ping_caller final : public stream_handler {
 public:
  static constexpr std::size_t message_bytes = 8;
  // told: how long the message of the last send() was under way, or why there will be no more answers (the
  // last call): bad_message for bytes that were not ours, or the reason of the stream's end.
  ping_caller(std::unique_ptr<byte_stream> stream, std::function<steady_time()> now,
              std::function<void(result<std::chrono::nanoseconds>)> told);
  ~ping_caller() override;
  ping_caller(const ping_caller&) = delete;
  ping_caller& operator=(const ping_caller&) = delete;

  // After the answer to the one before.
  void send();

 private:
  void on_data(bytes_view data, bool fin) override;
  void on_writable() override {}
  void on_closed(const error& reason) override;
  void end(const error& reason);

  std::unique_ptr<byte_stream> stream_;
  std::function<steady_time()> now_;
  std::function<void(result<std::chrono::nanoseconds>)> told_;
  std::uint64_t number_ = 0;
  steady_time sent_{};
  bool waiting_ = false;
  bytes answer_;
};

// The sides that answer, each until its caller ends it. Bounded, and so is what each of them holds for a
// caller that does not read: that one is cut off.
class ping_echoes {
 public:
  static constexpr std::size_t echoes_max = 16;
  // post: runs work later on the network thread.
  explicit ping_echoes(std::function<void(std::move_only_function<void()>)> post);
  ping_echoes(const ping_echoes&) = delete;
  ping_echoes& operator=(const ping_echoes&) = delete;
  ~ping_echoes();

  // initial: bytes that came before; they are given back to the stream's window.
  void serve(std::unique_ptr<byte_stream> stream, bytes_view initial);
  std::size_t size() const noexcept { return echoes_.size(); }

 private:
  class echo;
  void forget(const echo* which);

  std::function<void(std::move_only_function<void()>)> post_;
  std::list<std::unique_ptr<echo>> echoes_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace mesh::p2p
