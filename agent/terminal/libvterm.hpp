// libvterm, loaded when a terminal is first shared or viewed.
#pragma once
#include "core/base/error.hpp"

#include <vterm.h>

namespace mesh::terminal::libvterm {

// clang-format off
#define MESH_LIBVTERM_FUNCTIONS(X)                                                                           \
  X(vterm_free) X(vterm_input_write) X(vterm_new) X(vterm_obtain_screen) X(vterm_obtain_state)               \
  X(vterm_output_set_callback) X(vterm_screen_enable_altscreen) X(vterm_screen_get_cell)                     \
  X(vterm_screen_reset) X(vterm_screen_set_callbacks) X(vterm_set_size) X(vterm_set_utf8)                    \
  X(vterm_state_get_cursorpos) X(vterm_state_get_penattr)
// clang-format on

struct functions {
#define MESH_LIBVTERM_MEMBER(name) decltype(&::name) name = nullptr;
  MESH_LIBVTERM_FUNCTIONS(MESH_LIBVTERM_MEMBER)
#undef MESH_LIBVTERM_MEMBER
};

// Filled by load(); nothing of it may be called before load() succeeded.
const functions& call() noexcept;

// From any thread, as often as one likes. Errors: library_missing.
result<void> load();

}  // namespace mesh::terminal::libvterm
