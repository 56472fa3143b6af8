#include "server/app/operator_commands.hpp"

#include "core/text/catalogue.hpp"
#include "server/app/data_dir.hpp"
#include "server/app/server.hpp"
#include "server/auth/password.hpp"
#include "server/auth/username.hpp"
#include "server/db/database.hpp"
#include "server/services/enrolment.hpp"
#include "server/services/setup.hpp"

#include <functional>

namespace mesh::app {
namespace {

// The server's data, opened for one command.
struct workshop {
  data_dir data;
  auth::keys keys;
  db::database database;
  services::settings settings;
};

result<workshop> open(const config::server_config& config) {
  auto data = data_dir::open(config.data_dir);
  if (!data) return pass(data);
  auto keys = data->keys();
  if (!keys) return pass(keys);
  auto database = db::database::open(config.database, wall_now());
  if (!database) return pass(database);
  auto settings = service_settings(config, config.port);
  if (auto announced = data->announced()) settings.public_url = std::move(*announced);
  return workshop{std::move(*data), std::move(*keys), std::move(*database), std::move(settings)};
}

// Runs one service in a transaction of its own. Nobody is connected to this process.
template <class T>
result<T> run(workshop& in, const std::function<result<T>(services::context&)>& fn) {
  auth::system_random random;
  const models::presence nobody;
  result<T> out = fail(errc::internal, "the transaction did not run");
  const auto done = in.database.write([&](services::transaction& tx) {
    services::context context{tx, wall_now(), random, in.keys, nobody, in.settings};
    out = fn(context);
    return out.has_value();
  });
  if (!done) return std::unexpected(done.error());
  return out;
}

result<std::string> hash_new_password(const workshop& in, const secret& password) {
  if (auto ok = auth::check_new_password(password.reveal(), in.settings.loopback_only, "password"); !ok)
    return std::unexpected(ok.error());
  return auth::hash_password(password.reveal());
}

result<models::user> find_account(services::context& c, const std::string& username) {
  if (!username.empty()) {
    if (auto user = c.tx.users().find_by_name(auth::normalise_username(username))) return *user;
    return fail(errc::not_found, "there is no account of the name " + username, "username");
  }
  if (auto admin = c.tx.users().find_admin()) return *admin;
  const auto prepared = services::prepare_owner(c);
  if (!prepared) return std::unexpected(prepared.error());
  if (auto admin = c.tx.users().find_admin()) return *admin;
  return fail(errc::not_found, "this server has no owner; name an account with --user", "username");
}

}  // namespace

result<std::string> migrate(const config::server_config& config) {
  auto data = data_dir::open(config.data_dir);
  if (!data) return pass(data);
  const auto database = db::database::open(config.database, wall_now());
  if (!database) return std::unexpected(database.error());
  return text::tr("server.migrated", config::shown_database(config), database->schema_version());
}

result<std::string> add_user(const config::server_config& config, const std::string& username,
                             const secret& password) {
  auto in = open(config);
  if (!in) return pass(in);
  const auto hash = hash_new_password(*in, password);
  if (!hash) return std::unexpected(hash.error());
  const auto user = run<models::user>(*in, [&](auto& c) { return services::add_user(c, username, *hash); });
  if (!user) return std::unexpected(user.error());
  return text::tr("server.user_added", user->username);
}

result<std::string> reset_password(const config::server_config& config, const std::string& username,
                                   const secret& password) {
  auto in = open(config);
  if (!in) return pass(in);
  const auto hash = hash_new_password(*in, password);
  if (!hash) return std::unexpected(hash.error());
  const auto done = run<services::outcome<user_id>>(
      *in, [&](auto& c) { return services::reset_password(c, username, *hash); });
  if (!done) return std::unexpected(done.error());
  return text::tr("server.password_set", username);
}

result<std::string> owner_link(const config::server_config& config) {
  auto in = open(config);
  if (!in) return pass(in);
  const auto prepared = run<std::optional<services::owner_setup>>(*in, services::prepare_owner);
  if (!prepared) return std::unexpected(prepared.error());
  if (!*prepared) return fail(errc::setup_done, "every account has a password");
  return text::tr("server.owner_link", in->settings.public_url + "/#/setup/" + (*prepared)->token);
}

result<std::string> enroll_code(const config::server_config& config, const std::string& username) {
  auto in = open(config);
  if (!in) return pass(in);
  using made = services::outcome<wire::enroll_code_answer>;
  const auto code = run<made>(*in, [&](services::context& c) -> result<made> {
    const auto user = find_account(c, username);
    if (!user) return std::unexpected(user.error());
    return services::make_enroll_code(c, user->id);
  });
  if (!code) return std::unexpected(code.error());
  return text::tr("server.enroll_code", code->reply.code);
}

}  // namespace mesh::app
