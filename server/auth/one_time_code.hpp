// Codes that people read and type: "ABCD-EFGH", 40 random bits in Crockford's base32.
#pragma once
#include "core/base/error.hpp"
#include "server/auth/random_source.hpp"

#include <string>
#include <string_view>

namespace mesh::auth {

std::string make_code(random_source& random);

// The eight characters a person meant: case, dashes and spaces do not matter, O is 0, I and L are 1
// (Crockford). Errors: field_invalid with the given field.
result<std::string> normalise_code(std::string_view text, std::string_view field);

// What the database keeps instead of a token of 256 random bits: SHA-256 in hex. purpose keeps a token of one
// use from passing as another's.
std::string token_hash(std::string_view purpose, std::string_view token);

// The same for a short code, which a reader of the database could guess from a plain hash: keyed with the
// server's own secret, which is not in the database.
std::string code_hash(bytes_view key, std::string_view purpose, std::string_view code);

}  // namespace mesh::auth
