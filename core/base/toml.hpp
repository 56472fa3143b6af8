// toml++, the same in every file that reads TOML: errors as values, and a broken file is an error even where
// the library asserts or, in a release build, assumes that it cannot happen ("[`]").
#pragma once
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ASSERT(expression) static_assert(true)
// Only without NDEBUG does the library leave its assumptions at TOML_ASSERT.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
