#include "agent/server_link/credentials.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::server_link {
namespace {

struct file_form {
  std::string server_url;
  std::string user_id;
  std::string username;
  std::string device_id;
  std::string refresh_token;
  std::vector<wire::signing_key_info> signing_keys;
};
BOOST_DESCRIBE_STRUCT(file_form, (), (server_url, user_id, username, device_id, refresh_token, signing_keys))

}  // namespace

credentials credentials::clone() const {
  return {server_url, user_id, username, device_id, refresh_token.clone(), signing_keys};
}

result<credentials> parse_credentials(std::string_view text) {
  auto form = wire::parse<file_form>(text);
  if (!form) return fail(errc::state_unreadable, fmt::format("credentials: {}", form.error().detail));
  return credentials{std::move(form->server_url),
                     std::move(form->user_id),
                     std::move(form->username),
                     std::move(form->device_id),
                     secret(std::move(form->refresh_token)),
                     std::move(form->signing_keys)};
}

secret render(const credentials& c) {
  file_form form{c.server_url,  c.user_id, c.username, c.device_id, std::string(c.refresh_token.reveal()),
                 c.signing_keys};
  secret text(wire::to_pretty_text(wire::to_json(form)));
  wipe(form.refresh_token);
  return text;
}

result<void> check_pins(const std::vector<wire::signing_key_info>& pinned,
                        const std::vector<wire::signing_key_info>& announced) {
  if (announced.empty()) return fail(errc::server_key_changed, "the server announces no key at all");
  for (const auto& key : announced) {
    const bool known = std::ranges::any_of(
        pinned, [&](const auto& p) { return p.kid == key.kid && p.public_key == key.public_key; });
    if (!known)
      return fail(errc::server_key_changed, fmt::format("key {} was not there at sign-in", key.kid));
  }
  return {};
}

}  // namespace mesh::server_link
