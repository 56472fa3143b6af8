#include "core/wire/p2p_message.hpp"

#include "tests/fuzz/targets.hpp"

namespace mesh::fuzz {

void p2p_message(bytes_view data) {
  const auto first = wire::parse_p2p_message(as_text(data));
  if (!first) {
    require(first.error().code == errc::bad_message, "there is one error code");
    return;
  }
  const auto text = wire::render_p2p_message(*first);
  if (text.size() > limits::json_message_bytes_max) return;  // escapes grow
  const auto second = wire::parse_p2p_message(text);
  require(second && wire::render_p2p_message(*second) == text, "a message survives rendering");
}

}  // namespace mesh::fuzz
