#include "agent/control/message_reader.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace mesh::control {
namespace {

// As text inside of JSON it may double: quotes and backslashes are escaped, control characters are already.
constexpr std::size_t part_bytes = 24UZ * 1024;
// The longest answer is one of the server, passed on.
constexpr std::size_t joined_bytes_max = limits::http_client_body_bytes_max + limits::json_message_bytes_max;

struct part_body {
  std::string text;
  bool last = false;
};
BOOST_DESCRIBE_STRUCT(part_body, (), (text, last))

// At most part_bytes, and no code point cut in two.
std::string_view first_part(std::string_view text) {
  if (text.size() <= part_bytes) return text;
  std::size_t end = part_bytes;
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

}  // namespace

result<std::optional<std::string_view>> message_reader::next() {
  const auto part = splitter_.next();
  if (!part) return std::unexpected(part.error());
  if (!*part) return std::nullopt;
  if (const auto* json = std::get_if<wire::frame_json>(&**part)) return json->text;
  return fail(errc::bad_frame, "a message that is not a JSON object");
}

result<std::optional<answer>> part_joiner::take(answer a) {
  if (a.type != "part") return std::optional(std::move(a));
  auto part = wire::from_json<part_body>(wire::json_value(std::move(a.payload)));
  if (!part) return fail(errc::bad_message, "a part that is not understood");
  auto& text = begun_[a.id];
  if (text.size() + part->text.size() > joined_bytes_max)
    return fail(errc::too_large, fmt::format("an answer of more than {} bytes", joined_bytes_max));
  text += part->text;
  if (!part->last) return std::nullopt;
  auto whole = parse_answer(text);
  begun_.erase(a.id);
  if (!whole) return pass(whole);
  return std::optional(std::move(*whole));
}

result<bytes> to_frame(std::string_view body) {
  if (body.size() > limits::json_message_bytes_max)
    return fail(errc::too_large, fmt::format("a message of {} bytes", body.size()));
  return wire::json_frame(body);
}

std::vector<bytes> to_frames(const answer& a) {
  const auto whole = render(a);
  std::vector<bytes> out;
  if (whole.size() <= limits::json_message_bytes_max) {
    out.push_back(wire::json_frame(whole));
    return out;
  }
  for (std::string_view rest = whole; !rest.empty();) {
    const auto text = first_part(rest);
    rest.remove_prefix(text.size());
    const part_body part{std::string(text), rest.empty()};
    out.push_back(wire::json_frame(render(answer{a.id, "part", wire::to_json(part).as_object()})));
  }
  return out;
}

}  // namespace mesh::control
