#include "core/wire/frame.hpp"

#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <string>

namespace mesh::fuzz {
namespace {

// Everything a reader of the stream learns, as text: one line per frame, and the error if there is one.
class transcript {
 public:
  // False once the stream is broken.
  bool feed(bytes_view piece) {
    splitter_.feed(piece);
    for (;;) {
      const auto part = splitter_.next();
      if (!part) {
        text += "error " + std::string(word(part.error().code));
        return false;
      }
      if (!*part) return true;
      std::visit([this](const auto& p) { add(p); }, **part);
    }
  }

  std::string text;

 private:
  void add(const wire::frame_json& p) {
    require(p.text.starts_with('{') && p.text.size() <= limits::json_message_bytes_max,
            "JSON within its limit");
    text += std::string(p.text) + "\n";
  }
  void add(const wire::bulk_begin& p) {
    require(p.size <= limits::chunk_bytes, "content within its limit");
    text += std::to_string(static_cast<int>(p.kind)) + " " + std::to_string(p.position) + " ";
    left_ = p.size;
  }
  void add(const wire::bulk_data& p) {
    require(!p.data.empty() && p.data.size() <= left_, "content as long as announced");
    left_ -= p.data.size();
    text += to_hex(p.data);
  }
  void add(wire::bulk_end) {
    require(left_ == 0, "content as long as announced");
    text += "\n";
  }

  wire::frame_splitter splitter_;
  std::size_t left_ = 0;
};

}  // namespace

void frame(bytes_view data) {
  if (data.empty()) return;
  // The first byte says how long the pieces are.
  const auto piece_bytes = static_cast<std::size_t>(data[0]) % 32 + 1;
  data = data.subspan(1);
  transcript at_once;
  at_once.feed(data);
  transcript in_pieces;
  for (bool readable = true; readable && !data.empty();) {
    const auto piece = to_bytes(data.first(std::min(piece_bytes, data.size())));
    data = data.subspan(piece.size());
    readable = in_pieces.feed(piece);
  }
  require(at_once.text == in_pieces.text, "frames do not depend on how the stream is cut");
}

}  // namespace mesh::fuzz
