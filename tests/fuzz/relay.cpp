#include "agent/p2p/relay/page_in_test.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <map>

namespace mesh::fuzz {
namespace {

using relay::frame_kind;
using relay::test::relay_world;

// Byte number `at` of what goes one way on a stream.
std::byte byte_of(std::uint32_t stream, std::size_t at) {
  return static_cast<std::byte>(stream * 31 + at % 251);
}

bytes content(std::uint32_t stream, std::size_t from, std::size_t size) {
  bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = byte_of(stream, from + i);
  return out;
}

bool is_content(std::uint32_t stream, std::size_t from, bytes_view data) {
  for (std::size_t i = 0; i < data.size(); ++i)
    if (data[i] != byte_of(stream, from + i)) return false;
  return true;
}

// A page and an agent that both act as they are told, three bytes at a time: what, on which stream, how much.
class play {
 public:
  play() { world_.reads = false; }

  void act(unsigned what, std::uint32_t stream, std::size_t amount) {
    switch (what) {
      case 0:
        page_says({frame_kind::open, stream, {}});
        if (world_.streams.size() > numbers_.size()) numbers_.push_back(stream);
        break;
      case 1: {
        const auto size = std::clamp<std::size_t>(amount, 1, relay::frame_data_bytes_max);
        const auto body = content(stream, to_agent_[stream], size);
        page_says({frame_kind::data, stream, body});
        to_agent_[stream] += size;
        break;
      }
      case 2:
        page_says({frame_kind::fin, stream, {}});
        break;
      case 3:
      case 4: {
        const auto kind = what == 3 ? frame_kind::reset : frame_kind::credit;
        if (kind == frame_kind::credit) credit_[stream] += amount;
        refused_ = !world_.says(relay::render_number_frame(kind, stream, static_cast<std::uint32_t>(amount)));
        break;
      }
      case 5:
        if (!world_.streams.empty()) agent_acts(stream % world_.streams.size(), amount);
        break;
      case 6:
        if (auto made = world_.connection->open_stream()) own_.push_back(std::move(*made));
        break;
      default:
        page_hears();
    }
    check();
  }
  bool refused() const { return refused_; }
  void end() {
    page_hears();
    require(refused_ == world_.agent->over(), "what broke the rules ends it, and nothing else does");
    require(!refused_ || world_.closed, "the owner of a connection that ends is told");
  }

 private:
  void page_says(const relay::frame& f) { refused_ = !world_.says(f); }

  void agent_acts(std::size_t which, std::size_t amount) {
    auto& stream = *world_.streams[which];
    const auto number = numbers_[which];
    switch (amount % 5) {
      case 0:
        stream.stream->consume(stream.data.size() - consumed_[number]);
        consumed_[number] = stream.data.size();
        break;
      case 1: {
        auto owned = std::make_shared<const bytes>(content(number, written_[number], amount));
        if (!ended_[number]) written_[number] += amount;
        stream.stream->write({owned, *owned});
        break;
      }
      case 2:
        stream.stream->finish();
        ended_[number] = true;
        break;
      case 3:
        stream.stream->reset(amount);
        ended_[number] = true;
        break;
      default:
        world_.streams.erase(world_.streams.begin() + static_cast<std::ptrdiff_t>(which));
        numbers_.erase(numbers_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    world_.run();
  }

  void page_hears() {
    for (const auto& said : world_.hears()) {
      if (said.kind != frame_kind::data) continue;
      auto& heard = heard_[said.stream];
      require(is_content(said.stream, heard, said.body), "the page hears what was written, in order");
      heard += said.body.size();
      require(heard <= relay::window_bytes + credit_[said.stream], "no more than the page gave credit for");
    }
  }

  void check() {
    require(world_.streams.size() <= 64, "no more streams than it may have");
    for (std::size_t i = 0; i < world_.streams.size(); ++i) {
      const auto& data = world_.streams[i]->data;
      require(is_content(numbers_[i], 0, data), "the agent hears what was said, in order");
      require(data.size() <= consumed_[numbers_[i]] + relay::window_bytes,
              "no more of a stream than its window");
    }
  }

  relay_world world_;
  bool refused_ = false;
  std::vector<std::uint32_t> numbers_;  // of world_.streams
  std::vector<std::unique_ptr<p2p::byte_stream>> own_;
  std::map<std::uint32_t, std::size_t> to_agent_, consumed_, written_, heard_, credit_;
  std::map<std::uint32_t, bool> ended_;
};

// Records: how many bytes, the bytes.
void raw(bytes_view data, bool greeted) {
  relay_world w(greeted);
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

}  // namespace

// First byte: whether the greeting is what is tried, or the frames behind it, or both ends together.
void relay(bytes_view data) {
  if (data.empty()) return;
  const auto mode = std::to_integer<unsigned>(data[0]);
  data = data.subspan(1);
  if (mode < 2) {
    raw(data, mode == 1);
    return;
  }
  play both;
  for (; data.size() >= 3 && !both.refused(); data = data.subspan(3))
    both.act(std::to_integer<unsigned>(data[0]) % 8, std::to_integer<std::uint32_t>(data[1]),
             std::to_integer<std::size_t>(data[2]) * 97);
  both.end();
}

}  // namespace mesh::fuzz
