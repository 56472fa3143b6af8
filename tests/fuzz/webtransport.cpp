#include "agent/p2p/webtransport/memory_browser_in_test.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <string>

namespace mesh::fuzz {
namespace {

using webtransport::test::browser_world;

constexpr std::int64_t a_datagram = -1;

// One record: which stream (number 2 times the low nibble), whether it ends there, how many bytes, the bytes;
// or a datagram.
template <class Tell>
void each_record(bytes_view data, Tell tell) {
  while (data.size() >= 2) {
    const auto head = std::to_integer<unsigned>(data[0]);
    const auto size = std::min<std::size_t>(std::to_integer<std::size_t>(data[1]), data.size() - 2);
    const std::int64_t stream =
        (head & 0x40) != 0 ? a_datagram : static_cast<std::int64_t>(2 * (head & 0x0f));
    tell(stream, to_bytes(data.subspan(2, size)), (head & 0x80) != 0);
    data = data.subspan(2 + size);
  }
}

// Everything that a browser sees of us, and the agent of the browser.
std::string told(browser_world& w) {
  std::string out = w.closed_with() ? "closed " + std::to_string(*w.closed_with()) + "\n" : "";
  for (const auto& [id, half] : w.quic.streams) {
    out += std::to_string(id) + " " + to_hex(half->sent) + (half->finished ? " fin" : "");
    if (half->reset) out += " reset " + std::to_string(*half->reset);
    out += "\n";
  }
  for (const auto& datagram : w.datagrams) out += "datagram " + to_hex(as_bytes(datagram)) + "\n";
  for (const auto& stream : w.streams) out += to_hex(stream->data) + (stream->fin ? " fin\n" : "\n");
  return out;
}

}  // namespace

void webtransport(bytes_view data) {
  browser_world whole;
  each_record(data, [&](std::int64_t id, const bytes& piece, bool fin) {
    if (id == a_datagram)
      whole.peer_sends_datagram(piece);
    else
      whole.peer_writes(id, piece, fin);
    whole.run();
  });
  browser_world cut;
  each_record(data, [&](std::int64_t id, const bytes& piece, bool fin) {
    if (id == a_datagram) {
      cut.peer_sends_datagram(piece);
      cut.run();
      return;
    }
    for (std::size_t i = 0; i < piece.size(); ++i) {
      cut.peer_writes(id, {piece[i]}, fin && i + 1 == piece.size());
      cut.run();
    }
    if (piece.empty()) cut.peer_writes(id, {}, fin);
    cut.run();
  });
  require(told(whole) == told(cut), "the same however the streams are cut");
  require(!whole.closed_with() || whole.closed, "the owner of a connection that ends is told");
  const auto accepted = std::ranges::any_of(whole.quic.streams, [](const auto& entry) {
    return to_hex(entry.second->sent).starts_with("01030000d9");
  });
  require(accepted || (whole.streams.empty() && whole.datagrams.empty()), "nothing without a session");
  // Each is told to the owner, and nothing else is; what the owner answers goes out in its session.
  if (!whole.closed_with()) whole.connection->send_datagram(as_bytes("answer"));
  require(whole.quic.datagrams.size() == (accepted && !whole.closed_with() ? 1U : 0U),
          "an answer goes out while there is a session");
  // A stream that comes before its session waits for it, and its window with it.
  for (const auto& [id, half] : whole.quic.streams)
    require(!accepted || half->unconsumed <= 16 || half->reset || whole.closed_with(),
            "what was taken is given back");
}

}  // namespace mesh::fuzz
