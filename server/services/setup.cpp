#include "server/services/setup.hpp"

#include "server/auth/one_time_code.hpp"
#include "server/auth/username.hpp"
#include "server/services/sign_in.hpp"

namespace mesh::services {
namespace {

constexpr std::string_view setup_key = "setup_token_hash";
constexpr std::string_view setup_purpose = "setup";
constexpr std::string_view owner_name = "owner";

// A name nobody has: "owner", "owner-2" ...
std::string free_owner_name(context& c) {
  std::string name(owner_name);
  for (int i = 2; c.tx.users().find_by_name(name); ++i)
    name = std::string(owner_name) + "-" + std::to_string(i);
  return name;
}

}  // namespace

result<std::optional<owner_setup>> prepare_owner(context& c) {
  auto owner = c.tx.users().find_without_password();
  if (!owner) {
    if (c.tx.users().count_with_password() > 0) return std::nullopt;
    owner = models::user{c.random.id<user_id>(), free_owner_name(c), std::nullopt, c.now, true};
    c.tx.users().insert(*owner);
  }
  auto token = c.random.token();
  c.tx.meta().set(setup_key, auth::token_hash(setup_purpose, token));
  return owner_setup{owner->id, std::move(token)};
}

bool setup_token_fits(context& c, std::string_view token) {
  const auto stored = c.tx.meta().get(setup_key);
  return stored && equal_constant_time(as_bytes(*stored), as_bytes(auth::token_hash(setup_purpose, token)));
}

std::optional<models::user> owner_without_password(context& c) {
  if (!c.tx.meta().get(setup_key)) return std::nullopt;
  return c.tx.users().find_without_password();
}

void finish_setup(context& c) {
  c.tx.meta().erase(setup_key);
}

result<models::user> add_user(context& c, std::string_view username, const std::string& password_hash) {
  auto name = auth::check_username(username);
  if (!name) return pass(name);
  const bool first = c.tx.users().count_with_password() == 0;
  models::user user{c.random.id<user_id>(), *name, password_hash, c.now, first};
  if (!c.tx.users().insert(user)) return fail(errc::username_taken, "this username is taken", "username");
  return user;
}

result<outcome<user_id>> reset_password(context& c, std::string_view username,
                                        const std::string& password_hash) {
  const auto user = c.tx.users().find_by_name(auth::normalise_username(username));
  if (!user) return fail(errc::not_found, "there is no account of this name", "username");
  outcome<user_id> out{user->id, {}};
  c.tx.users().set_password(user->id, password_hash);
  for (const auto& login : c.tx.logins().of_user(user->id))
    end_login(c, login.id, word(errc::unauthorized), out.effects);
  return out;
}

}  // namespace mesh::services
