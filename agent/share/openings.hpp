// Streams whose first message decides what becomes of them: waits for it, then gives both away.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "agent/share/transfer.hpp"
#include "core/base/bytes.hpp"
#include "core/wire/p2p_message.hpp"

#include <functional>
#include <list>
#include <memory>

namespace mesh::share {

// received: all bytes that came, the first message among them; not yet given back to the stream's window.
struct opened_stream {
  wire::p2p_message first;
  std::unique_ptr<p2p::byte_stream> stream;
  bytes received;
};

// Everything happens on the network thread.
class openings {
 public:
  static constexpr std::size_t waiting_max = 16;

  explicit openings(runtime rt);
  openings(const openings&) = delete;
  openings& operator=(const openings&) = delete;
  ~openings();

  using receiver = std::move_only_function<void(result<opened_stream>)>;
  // initial: bytes that came before. then: called once, later. Errors: busy when too many wait, timed_out
  // after that patience, bad_frame, bad_message, unexpected_message for content, or why the stream ended.
  void wait(std::unique_ptr<p2p::byte_stream> stream, bytes_view initial, std::chrono::seconds patience,
            receiver then);
  // The last words on a stream: kept until the other side has read them, for limits::transfer_linger_timeout
  // at most.
  void dismiss(std::unique_ptr<p2p::byte_stream> stream, const wire::p2p_message& words);

  // To be called every limits::transfer_tick while !empty().
  void tick();
  bool empty() const noexcept { return all_.empty(); }
  std::size_t size() const noexcept { return all_.size(); }

 private:
  class opening;
  void end(opening& which);

  runtime runtime_;
  std::list<std::unique_ptr<opening>> all_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace mesh::share
