#include "agent/share/accept_policy.hpp"

namespace mesh::share {

std::string_view to_string(receive_mode mode) noexcept {
  switch (mode) {
    case receive_mode::ask:
      return "ask";
    case receive_mode::automatic:
      return "auto";
    case receive_mode::never:
      return "never";
  }
  return "never";
}

std::optional<receive_mode> receive_mode_named(std::string_view word) noexcept {
  for (const auto mode : {receive_mode::ask, receive_mode::automatic, receive_mode::never})
    if (to_string(mode) == word) return mode;
  return std::nullopt;
}

result<verdict> judge(receive_mode mode, const sender_standing& sender) {
  if (mode == receive_mode::never) return fail(errc::receive_off, "this device receives no files");
  if (mode == receive_mode::automatic || sender.own_device || sender.asked_for) return verdict::accept;
  return verdict::ask;
}

}  // namespace mesh::share
