// A number that two people read to each other to make sure that nobody sits between their machines.
#pragma once
#include <string>
#include <string_view>

namespace mesh::app {

// The same on both sides, made of both key fingerprints: six groups of five digits, 99.6 bits.
std::string short_code(std::string_view key_sha256_a, std::string_view key_sha256_b);

}  // namespace mesh::app
