#include "server/auth/one_time_code.hpp"

#include "core/crypto/sha256.hpp"

namespace mesh::auth {

std::string make_code(random_source& random) {
  const auto text = to_crockford(random.bytes<5>());
  return text.substr(0, 4) + "-" + text.substr(4);
}

result<std::string> normalise_code(std::string_view text, std::string_view field) {
  std::string code;
  for (char c : text) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    code += c;
  }
  constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  if (code.size() != 8 || code.find_first_not_of(digits) != std::string::npos)
    return fail(errc::field_invalid, "a code looks like ABCD-EFGH", std::string(field));
  return code;
}

std::string token_hash(std::string_view purpose, std::string_view token) {
  std::string text(purpose);
  text += '\n';
  text += token;
  return crypto::sha256_hex(as_bytes(text));
}

std::string code_hash(bytes_view key, std::string_view purpose, std::string_view code) {
  std::string text(purpose);
  text += '\n';
  text += code;
  return to_hex(crypto::hmac_sha256(key, as_bytes(text)));
}

}  // namespace mesh::auth
