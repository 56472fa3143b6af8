// Completion scripts for shells, made from the verbs and options that really exist.
#pragma once
#include "agent/app/command_line.hpp"
#include "core/base/error.hpp"

#include <span>
#include <string>

namespace mesh::app {

// shell: "bash", "zsh" or "fish". Errors: usage.
result<std::string> completion_script(std::string_view shell, std::span<const command_info> commands);

}  // namespace mesh::app
