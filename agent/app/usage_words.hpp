// What a person is told of a command line that cannot be run: what is wrong with it, and what was perhaps
// meant.
#pragma once
#include "core/base/error.hpp"

#include <span>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace mesh::app {

// The one of known that was meant by a mistyped word; empty when none is near enough.
std::string nearest_word(std::string_view typed, std::span<const std::string> known);

// errc::usage. command: the innermost one of program that was recognised; its words are the error's field.
error usage_error(const CLI::App& program, const CLI::App& command, const CLI::ParseError& why);

}  // namespace mesh::app
