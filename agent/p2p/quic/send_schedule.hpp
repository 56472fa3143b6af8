// Which stream sends next: short messages before bulk, bulk in turns, and neither can starve the other.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace mesh::quic {

class send_schedule {
 public:
  // A stream with no more than this to send is short: a control message, a key press, an answer.
  static constexpr std::size_t short_bytes_max = 16 * 1024;
  // Bytes a bulk stream sends before the next one has its turn.
  static constexpr std::size_t turn_bytes = 64 * 1024;
  // Bytes of short streams before a waiting bulk stream has a packet.
  static constexpr std::size_t short_burst_bytes_max = 64 * 1024;

  // The stream has something to send. Must not be waiting already.
  void add(std::int64_t stream, std::size_t unsent);
  // The stream to take the next packet from; it stays in its place. Nothing when none waits.
  std::optional<std::int64_t> next() const noexcept;
  // The stream of next() sent count bytes and has more: its turn may be over.
  void sent(std::size_t count);
  // The stream of next() has nothing more to send now, or may not send.
  void remove_next();
  // A stream that is gone, wherever it waits.
  void forget(std::int64_t stream);
  std::size_t size() const noexcept { return short_.size() + bulk_.size(); }

 private:
  bool takes_short() const noexcept;

  std::deque<std::int64_t> short_;
  std::deque<std::int64_t> bulk_;
  std::size_t turn_sent_ = 0;  // by bulk_.front()
  std::size_t short_burst_ = 0;
};

}  // namespace mesh::quic
