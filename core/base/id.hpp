// Strong identifier types: a room_id never passes where a user_id is meant.
#pragma once
#include "core/base/bytes.hpp"

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace mesh {

template <class Tag>
class basic_id {
 public:
  basic_id() = default;
  explicit basic_id(std::string text) : text_(std::move(text)) {}

  const std::string& str() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  auto operator<=>(const basic_id&) const = default;

 private:
  std::string text_;
};

struct user_tag {
  static constexpr std::string_view prefix = "usr_";
};
struct room_tag {
  static constexpr std::string_view prefix = "rom_";
};
struct session_tag {
  static constexpr std::string_view prefix = "ses_";
};
struct message_tag {
  static constexpr std::string_view prefix = "msg_";
};
struct invitation_tag {
  static constexpr std::string_view prefix = "inv_";
};
struct login_tag {
  static constexpr std::string_view prefix = "log_";
};
struct event_tag {
  static constexpr std::string_view prefix = "evt_";
};
struct device_tag {};

using user_id = basic_id<user_tag>;
using room_id = basic_id<room_tag>;
using session_id = basic_id<session_tag>;  // a p2p session
using message_id = basic_id<message_tag>;
using invitation_id = basic_id<invitation_tag>;
using login_id = basic_id<login_tag>;  // one signed-in client (a family of refresh tokens)
using event_id = basic_id<event_tag>;
using device_id = basic_id<device_tag>;  // readable name, see valid_device_id

// Crockford base32, upper case, no check symbol; 16 bytes give 26 characters.
std::string to_crockford(bytes_view data);

// prefix + 26 Crockford base32 characters of the given 128 random bits.
template <class Tag>
basic_id<Tag> make_id(std::span<const std::byte, 16> random) {
  return basic_id<Tag>(std::string(Tag::prefix) + to_crockford(random));
}

// True for prefix + 26 Crockford characters (exactly what make_id writes).
bool valid_id(std::string_view text, std::string_view prefix) noexcept;
template <class Tag>
bool valid(const basic_id<Tag>& id) noexcept {
  return valid_id(id.str(), Tag::prefix);
}

// [a-z0-9][a-z0-9._-]{0,62}
bool valid_device_id(std::string_view text) noexcept;

}  // namespace mesh

template <class Tag>
struct std::hash<mesh::basic_id<Tag>> {
  std::size_t operator()(const mesh::basic_id<Tag>& id) const noexcept {
    return std::hash<std::string>()(id.str());
  }
};
