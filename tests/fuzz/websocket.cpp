// A WebSocket that was opened as it should be, and then frames of a stranger.
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "tests/fuzz/connection.hpp"
#include "tests/fuzz/targets.hpp"

namespace mesh::fuzz {
namespace {

constexpr std::string_view upgrade =
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
    "13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

// Fewer of the smallest messages than the queue of a slow reader holds.
constexpr std::size_t bytes_max = 6 * limits::ws_queue_messages_max;

std::size_t byte_at(std::string_view text, std::size_t at) {
  require(at < text.size(), "a frame is whole");
  return static_cast<unsigned char>(text[at]);
}

void check_close(std::string_view payload) {
  if (payload.empty()) return;
  require(payload.size() >= 2, "a close code has two bytes");
  const auto code = byte_at(payload, 0) << 8 | byte_at(payload, 1);
  // RFC 6455 section 7.4: 1004 to 1006 and 1015 are never sent.
  const bool standard = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
  require(standard || (code >= 3000 && code <= 4999), "a close code that may be sent");
  require(valid_utf8(payload.substr(2)), "a close reason is UTF-8");
}

// Frames of a server as RFC 6455 section 5.2 has them. The echoes, in order.
std::vector<std::string> echoes(std::string_view frames) {
  std::vector<std::string> out;
  bool closed = false;
  while (!frames.empty()) {
    require(!closed, "nothing follows a close frame");
    const auto first = byte_at(frames, 0);
    auto size = byte_at(frames, 1);
    require((first & 0xF0) == 0x80 && size < 128, "one final frame, unmasked, without reserved bits");
    std::size_t head = 2;
    if (size == 126) {
      size = byte_at(frames, 2) << 8 | byte_at(frames, 3);
      require(size > 125, "the shortest form of a length");
      head = 4;
    }
    require(frames.size() >= head + size, "a frame is whole");
    const auto payload = frames.substr(head, size);
    frames.remove_prefix(head + size);
    const auto opcode = first & 0x0F;
    require(opcode == 1 || opcode == 8 || opcode == 9 || opcode == 10, "a server speaks text");
    require(opcode < 8 || size <= 125, "a control frame is short");
    if (opcode == 1) out.emplace_back(payload);
    if (opcode == 8) check_close(payload);
    closed = opcode == 8;
  }
  return out;
}

void check(const conversation& seen) {
  std::string_view frames;
  const auto answers = read_answers(seen, &frames);
  require(answers.size() == 1 && answers[0].status == 101, "the upgrade is accepted");
  const auto back = echoes(frames);
  require(back.size() <= seen.messages.size(), "an echo for each message at most");
  for (std::size_t i = 0; i < back.size(); ++i)
    require(back[i] == seen.messages[i], "an echo is its message");
}

}  // namespace

void websocket(bytes_view data) {
  if (data.empty()) return;
  const auto piece_bytes = static_cast<std::size_t>(data[0]) % 32 + 1;
  data = data.subspan(1);
  if (data.size() > bytes_max) return;
  const auto at_once = talk({as_bytes(upgrade), data});
  auto pieces = cut(data, piece_bytes);
  pieces.insert(pieces.begin(), as_bytes(upgrade));
  const auto in_pieces = talk(pieces);
  check(at_once);
  check(in_pieces);
  require(at_once.messages == in_pieces.messages, "messages do not depend on how the stream is cut");
}

}  // namespace mesh::fuzz
