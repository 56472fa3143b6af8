#include "agent/p2p/relay/page_in_test.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>

namespace mesh::fuzz {

// First byte: whether the greeting is what is tried, or the frames behind it. Then records: how many bytes,
// the bytes.
void relay(bytes_view data) {
  if (data.empty()) return;
  const bool greeted = data[0] != std::byte{0};
  data = data.subspan(1);
  relay::test::relay_world w(greeted);
  w.reads = false;
  bool refused = false;
  while (data.size() >= 2 && !refused) {
    const auto size = std::min<std::size_t>(get_be<std::uint16_t>(data.data()), data.size() - 2);
    const auto piece = to_bytes(data.subspan(2, size));
    refused = greeted ? !w.says(piece) : !w.agent->take(piece);
    data = data.subspan(2 + size);
  }
  require(greeted || w.connection == nullptr, "nobody gets a connection without the page's key");
  require(w.streams.size() <= 64, "no more streams than it may have");
  std::size_t waiting = 0;
  for (const auto& stream : w.streams) waiting += stream->data.size();
  require(waiting <= w.streams.size() * relay::window_bytes, "no more of a stream than its window");
  w.run();
  require(refused == w.agent->over(), "what broke the rules ends it, and nothing else does");
  require(!refused || !greeted || w.closed, "the owner of a connection that ends is told");
  for (const auto& stream : w.streams) require(!refused || stream->closed, "so are those of its streams");
}

}  // namespace mesh::fuzz
