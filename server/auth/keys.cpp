#include "server/auth/keys.hpp"

#include "core/crypto/random.hpp"

#include <fmt/format.h>

namespace mesh::auth {
namespace {

constexpr std::string_view header = "mesh-server-keys/1\n";
constexpr std::size_t nonce_key_bytes = 32;

// The value of "name TEXT\n" at the front of text, which it consumes.
result<bytes> take_line(std::string_view& text, std::string_view name) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name) || text.size() <= name.size() ||
      text[name.size()] != ' ')
    return fail(errc::state_unreadable, fmt::format("the key file has no line \"{}\"", name));
  auto value = from_base64url(text.substr(name.size() + 1, end - name.size() - 1));
  if (!value || value->size() != crypto::signing_key::seed_bytes)
    return fail(errc::state_unreadable, fmt::format("the line \"{}\" of the key file is damaged", name));
  text.remove_prefix(end + 1);
  return value;
}

}  // namespace

keys keys::generate() {
  return {crypto::signing_key::generate(), crypto::signing_key::generate(),
          to_bytes(crypto::random_bytes<nonce_key_bytes>())};
}

result<keys> keys::parse(std::string_view text) {
  if (!text.starts_with(header)) return fail(errc::state_unreadable, "this is not a key file of mesh-server");
  text.remove_prefix(header.size());
  const auto capability_seed = take_line(text, "capability");
  if (!capability_seed) return std::unexpected(capability_seed.error());
  const auto access_seed = take_line(text, "access");
  if (!access_seed) return std::unexpected(access_seed.error());
  auto nonce = take_line(text, "nonce");
  if (!nonce) return std::unexpected(nonce.error());
  auto capability = crypto::signing_key::from_seed(*capability_seed);
  auto access = crypto::signing_key::from_seed(*access_seed);
  if (!capability || !access) return fail(errc::state_unreadable, "a key of the key file is damaged");
  return keys{std::move(*capability), std::move(*access), std::move(*nonce)};
}

secret keys::render() const {
  std::string text(header);
  text += fmt::format("capability {}\n", to_base64url(as_bytes(capability.seed().reveal())));
  text += fmt::format("access {}\n", to_base64url(as_bytes(access.seed().reveal())));
  text += fmt::format("nonce {}\n", to_base64url(nonce));
  return secret(std::move(text));
}

}  // namespace mesh::auth
