// JSON as programs print it: numbers as people write them. What travels between machines, and what is signed,
// is written by json.hpp.
#pragma once
#include "core/wire/json_shape.hpp"

#include <string>

namespace mesh::wire {

enum class json_layout { one_line, indented };  // by two spaces

// Fractions in their shortest decimal form that reads back as the same double ("0", "0.1", "95.25"); beyond
// 16 digits before or four zeros behind the point with an exponent ("1e+20").
std::string plain_text(const json_value& value, json_layout layout);

}  // namespace mesh::wire
