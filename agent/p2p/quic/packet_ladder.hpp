// How long the packets of a connection inside one machine may be. The route says 64 KB, but something may
// stand in between (a proxy of a person, a container): so a longer size is used only after one packet of it,
// filled with ordinary data, was seen to arrive. Between machines QUIC's own path MTU discovery rules (RFC
// 8899), which stops at 1500 bytes.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace mesh::quic {

class packet_ladder {
 public:
  // Four of the longest fill one system call.
  static constexpr std::array<std::size_t, 2> rungs = {16'000, 1'452};
  static constexpr std::size_t bytes_min = 1'200;  // what every path of QUIC carries: RFC 9000 section 14
  static constexpr int attempts_max = 3;

  // What packets may have now.
  std::size_t proven() const noexcept { return proven_; }
  // The size that the next packet of a stream with so many bytes to send should have, if it is time to try
  // one.
  std::optional<std::size_t> next_try(std::size_t unsent) const noexcept;
  // Such a packet went out: its data ends at this offset of the stream, of which so many packets had been
  // lost.
  void tried(std::int64_t stream, std::uint64_t end, std::uint64_t lost) noexcept;
  // The stream arrived up to this offset. Sent again in shorter packets, the data arrives as well: then the
  // stream lost a packet meanwhile.
  void acknowledged(std::int64_t stream, std::uint64_t offset, std::uint64_t lost) noexcept;
  // The peer moved to another machine: back to what always passes, for good.
  void give_up() noexcept;
  // The stream is gone, and with it the answer.
  void forget(std::int64_t stream) noexcept;

 private:
  struct attempt {
    std::int64_t stream;
    std::uint64_t end;
    std::uint64_t lost;
  };
  std::optional<attempt> under_way_;
  std::size_t rung_ = 0;
  int failed_ = 0;
  std::size_t proven_ = bytes_min;
};

}  // namespace mesh::quic
