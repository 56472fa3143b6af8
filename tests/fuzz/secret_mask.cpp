#include "agent/terminal/secret_mask.hpp"

#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <string>

namespace mesh::fuzz {
namespace {

// What holds a place on the screen or moves the cursor: everything but letters of several bytes, which may
// become one star or two.
std::string bones(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20) out += c;
  return out;
}

}  // namespace

void secret_mask(bytes_view data) {
  const auto text = as_text(data);
  terminal::secret_mask whole(terminal::default_masks());
  const auto seen = whole.hide(text);
  terminal::secret_mask in_pieces(terminal::default_masks());
  std::string joined;
  std::size_t step = 1;
  for (std::size_t at = 0; at < text.size(); at += step, step = step % 5 + 1)
    joined += in_pieces.hide(text.substr(at, step));
  require(joined == seen, "the pieces in which a text comes change nothing");
  require(bones(seen) == bones(text), "no control character is lost, made or moved past another");
  const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  require(!ascii || seen.size() == text.size(), "every letter keeps its place");
  require(seen == text || whole.hidden() > 0, "what is hidden is counted");
}

}  // namespace mesh::fuzz
