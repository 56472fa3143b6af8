// Logging with a level per module: MESH_LOG=info, debug, or p2p=debug,share=info (RUST_LOG syntax, including
// the spelling mesh_agent::p2p=debug). Never pass a secret or content; the type `secret` does not format.
#pragma once
#include "core/base/error.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace mesh::log {

enum class level { trace, debug, info, warn, error, off };

// Applies a filter such as "info,p2p=debug". Errors: config_value when it is not understood; the old filter
// stays.
result<void> configure(std::string_view filter);
// configure() from $MESH_LOG, else $RUST_LOG, else info; a wrong value is warned about and ignored.
void configure_from_environment();

bool enabled(std::string_view module, level wanted) noexcept;
// One line on stderr. Control characters in text are escaped, so that a hostile name cannot forge a line.
void write(std::string_view module, level at, std::string_view text);

template <class... Args>
void debug(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(module, level::debug))
    write(module, level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(module, level::info))
    write(module, level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(module, level::warn))
    write(module, level::warn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(module, level::error))
    write(module, level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace mesh::log
