// Packets on their way into one system call: all to one destination and of one size, as segmentation offload
// wants it.
#pragma once
#include "core/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace mesh::quic {

class packet_batch {
 public:
  // Of the kernel: UDP_MAX_SEGMENTS, and what one IP packet holds.
  static constexpr std::size_t segments_max = 64;
  static constexpr std::size_t bytes_max = 65'507;
  static constexpr std::size_t packet_bytes_max = 16'000;  // see packet_ladder

  // path: number of the path all of data goes to. segment: size of every packet but maybe the last.
  struct run {
    std::uint16_t path = 0;
    bytes_view data;
    std::size_t segment = 0;
  };
  using sink = std::function<void(const run&)>;

  packet_batch() : memory_(new std::byte[bytes_max + 2 * packet_bytes_max]) {}

  // Where the next packet is to be written: packet_bytes_max bytes.
  std::span<std::byte> next() noexcept { return {memory_.get() + used_, packet_bytes_max}; }
  // A packet of size bytes was written there. Hands over what cannot stay together with it, or a full batch.
  void add(std::size_t size, std::uint16_t path, const sink& to);
  void flush(const sink& to);
  bool empty() const noexcept { return used_ == 0; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t used_ = 0;
  std::size_t segment_ = 0;
  std::size_t count_ = 0;
  std::uint16_t path_ = 0;
};

}  // namespace mesh::quic
