// A UDP socket as the endpoint uses it: many datagrams a call, in both directions. The seam where tests lose,
// reorder and damage datagrams.
#pragma once
#include "agent/p2p/udp_address.hpp"
#include "core/base/aligned_memory.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace mesh::quic {

// One or several datagrams from one source: data holds them one after the other, each of segment bytes, the
// last one maybe shorter. to_ip: the address of this machine that they were sent to (port 0), if the kernel
// told.
struct received_datagrams {
  p2p::udp_address from;
  std::optional<p2p::udp_address> to_ip;
  bytes_view data;
  std::size_t segment = 0;
};

// Datagrams of equal size (the last one maybe shorter) to one destination.
struct outgoing_datagrams {
  p2p::udp_address to;
  std::optional<p2p::udp_address> from_ip;
  bytes_view data;
  std::size_t segment = 0;
};

// Where receive() puts datagrams; one serves every socket of a thread.
class receive_buffer {
 public:
  static constexpr std::size_t messages_max = 16;
  static constexpr std::size_t message_bytes_max = 65'536;

  receive_buffer();
  std::span<std::byte> slot(std::size_t i) noexcept {
    return {memory_.get() + i * message_bytes_max, message_bytes_max};
  }
  std::span<received_datagrams, messages_max> messages() noexcept { return messages_; }

 private:
  aligned_memory memory_;
  std::array<received_datagrams, messages_max> messages_;
};

// The address of this machine (port 0) from which datagrams to there leave now; nullopt while there is no
// way.
std::optional<p2p::udp_address> own_address_towards(const p2p::udp_address& to);

// True when datagrams to there never leave this machine: the route leads over the loopback interface.
bool stays_on_this_machine(const p2p::udp_address& to);

class datagram_socket {
 public:
  virtual ~datagram_socket() = default;
  virtual int descriptor() const noexcept = 0;
  // What has arrived, at most receive_buffer::messages_max; empty when nothing has. Valid until the next call
  // with the same buffer.
  virtual std::span<const received_datagrams> receive(receive_buffer& into) = 0;
  // How many bytes of what.data the kernel took: all of them, or those before it had no more room (then wait
  // until the descriptor is writable). A datagram that can never be sent counts as taken, as if the network
  // had lost it.
  virtual std::size_t send(const outgoing_datagrams& what) = 0;
  // A destination where, as its machine said (ICMP), nobody listens; nothing when none is left.
  virtual std::optional<p2p::udp_address> next_refusal() = 0;
};

}  // namespace mesh::quic
