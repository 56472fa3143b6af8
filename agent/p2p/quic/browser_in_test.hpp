// A browser of a test: an HTTP/3 client of ngtcp2 on a UDP socket of its own, which says byte by byte what
// the test wants, right or wrong.
#pragma once
#include "core/base/bytes.hpp"
#include "core/io/loop.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::quic::test {

class browser {
 public:
  // datagram_bytes_max: the longest DATAGRAM frame it takes; 0: none at all.
  browser(io::loop& loop, std::uint16_t port_of_agent, std::uint64_t datagram_bytes_max = 65'535);
  browser(const browser&) = delete;
  browser& operator=(const browser&) = delete;
  ~browser();

  // The handshake, then the control stream and the CONNECT request; true once the answer has come.
  bool open_session();
  bool shake_hands();
  void settings();
  void connect();

  void write(std::int64_t stream, bytes_view data, bool last = false);
  // The bytes of one DATAGRAM frame. False when a packet has no room for them.
  bool send_datagram(bytes_view data);

  const std::vector<std::string>& datagrams() const;  // of the agent, in hex
  // What came on a stream.
  const bytes& heard_on(std::int64_t stream);
  // The code of the agent's CONNECTION_CLOSE.
  std::optional<std::uint64_t> closed_with() const;

 private:
  struct state;
  io::loop& loop_;
  std::shared_ptr<state> state_;
};

}  // namespace mesh::quic::test
