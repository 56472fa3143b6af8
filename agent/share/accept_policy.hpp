// Whether a file is let in: decided on the receiving machine alone.
#pragma once
#include "core/base/error.hpp"

#include <optional>
#include <string_view>

namespace mesh::share {

// ask: one's own devices are let in, others wait for an answer. automatic ("auto"): everybody whom the server
// lets through. never: nobody.
enum class receive_mode { ask, automatic, never };
std::string_view to_string(receive_mode mode) noexcept;
std::optional<receive_mode> receive_mode_named(std::string_view word) noexcept;

// own_device: the sender is a device of this machine's user. asked_for: the session was asked for by a device
// or page of this machine's user, who thereby agreed.
struct sender_standing {
  bool own_device = false;
  bool asked_for = false;
};

enum class verdict { accept, ask };

// Errors: receive_off.
result<verdict> judge(receive_mode mode, const sender_standing& sender);

}  // namespace mesh::share
