// A stream of a relayed connection as the rest of the agent holds it.
#pragma once
#include "agent/p2p/relay/lanes.hpp"
#include "core/base/limits.hpp"

namespace mesh::relay {

// A chunk and its head fit as long as no more than this waits.
inline constexpr std::size_t room_threshold = limits::chunk_bytes;

class relayed_stream final : public p2p::byte_stream {
 public:
  relayed_stream(std::shared_ptr<lanes> owner, std::shared_ptr<lane> own)
      : owner_(std::move(owner)), own_(std::move(own)) {}
  ~relayed_stream() override { owner_->let_go(*own_); }

  void set_handler(p2p::stream_handler* handler) override { owner_->set_handler(own_, handler); }
  std::size_t writable() const override {
    return own_->over || own_->queued > room_threshold ? 0 : 3 * room_threshold - own_->queued;
  }
  void write(p2p::shared_bytes data) override { owner_->write(*own_, std::move(data)); }
  void finish() override { owner_->finish(*own_); }
  void consume(std::size_t count) override { owner_->consume(*own_, count); }
  void reset(std::uint64_t code) override { owner_->reset(*own_, code); }

 private:
  std::shared_ptr<lanes> owner_;
  std::shared_ptr<lane> own_;
};

}  // namespace mesh::relay
