#include "server/services/field_limits.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mesh::services {
namespace {

struct entry {
  std::string_view field;
  text_limit limit;
};

constexpr std::size_t id_bytes = 30;         // prefix and 26 characters
constexpr std::size_t device_id_bytes = 63;  // valid_device_id
constexpr std::size_t key_text_bytes = 256;  // base64url of a SubjectPublicKeyInfo: 59 (Ed25519), 122 (P-256)
constexpr std::size_t signature_bytes = 128;   // base64url of 64 bytes: 86
constexpr std::size_t token_text_bytes = 128;  // base64url of 32 or 48 bytes: 43 or 64
constexpr std::size_t word_bytes = 32;
constexpr text_limit other_text{4096, false};
constexpr std::size_t other_items = 64;

constexpr auto limits_by_field = std::to_array<entry>({
    {"username", {limits::username_chars_max, true}},
    {"password", {limits::password_bytes_max, false}},
    {"current_password", {limits::password_bytes_max, false}},
    {"new_password", {limits::password_bytes_max, false}},
    {"name", {limits::room_name_chars_max, true}},
    {"text", {limits::chat_text_bytes_max, false}},
    {"client_id", {limits::client_id_chars_max, true}},
    {"invitation", {token_text_bytes, false}},
    {"token", {token_text_bytes, false}},
    {"refresh_token", {token_text_bytes, false}},
    {"device_code", {token_text_bytes, false}},
    {"nonce", {token_text_bytes, false}},
    {"signature", {signature_bytes, false}},
    {"public_key", {key_text_bytes, false}},
    {"cert_sha256", {64, false}},
    {"code", {word_bytes, false}},
    {"user_code", {word_bytes, false}},
    {"kind", {word_bytes, false}},
    {"role", {word_bytes, false}},
    {"sender", {word_bytes, false}},
    {"type", {word_bytes, false}},
    {"version", {word_bytes, false}},
    {"ip", {64, false}},
    {"device_id", {device_id_bytes, false}},
    {"target_device_id", {device_id_bytes, false}},
    {"initiator_device_id", {device_id_bytes, false}},
    {"room_id", {id_bytes, false}},
    {"session_id", {id_bytes, false}},
    {"user_id", {id_bytes, false}},
    {"successor_id", {id_bytes, false}},
    {"status", {word_bytes, false}},
    {"owner", {word_bytes, false}},
    {"member", {word_bytes, false}},
    {"guest", {word_bytes, false}},
});

static_assert(limits::room_name_chars_max == limits::device_name_chars_max, "\"name\" stands for both");

}  // namespace

text_limit text_limit_of(std::string_view field) {
  const auto* const found = std::ranges::find(limits_by_field, field, &entry::field);
  return found == limits_by_field.end() ? other_text : found->limit;
}

std::size_t items_max_of(std::string_view field) {
  if (field == "candidates") return limits::candidates_max;
  if (field == "cert_sha256") return 2;  // the current certificate and the next
  if (field == "owner" || field == "member" || field == "guest")
    return 16;  // twice the capability words there are
  return other_items;
}

result<void> check_text_length(std::string_view text, std::string_view field, const std::string& path) {
  const auto limit = text_limit_of(field);
  const auto length = limit.characters ? utf8_length(text) : text.size();
  if (length <= limit.max) return {};
  return fail(errc::field_too_long,
              fmt::format("\"{}\" has {} {}, {} are allowed", path, length,
                          limit.characters ? "characters" : "bytes", limit.max),
              path);
}

result<void> check_item_count(std::size_t count, std::string_view field, const std::string& path) {
  const auto max = items_max_of(field);
  if (count <= max) return {};
  return fail(errc::field_too_long, fmt::format("\"{}\" has {} entries, {} are allowed", path, count, max),
              path);
}

result<void> check_display_name(std::string_view name, std::string_view field) {
  if (name.find_first_not_of(" \t") == std::string_view::npos)
    return fail(errc::field_too_short, "a name is needed", std::string(field));
  if (name.contains('\t') || escape_controls(name) != name)
    return fail(errc::field_invalid, "a name holds no control characters", std::string(field));
  return {};
}

}  // namespace mesh::services
