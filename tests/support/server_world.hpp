// A server without network for tests of services: a real database in a temporary folder, a clock that
// the test turns, people who are online when the test says so.
#pragma once
#include "core/base/test_dir.hpp"
#include "core/crypto/random.hpp"
#include "core/wire/payloads.hpp"
#include "server/db/database.hpp"
#include "server/services/context.hpp"
#include "server/services/devices.hpp"
#include "server/services/members.hpp"
#include "server/services/rooms.hpp"
#include "server/services/sign_in.hpp"
#include "tests/support/test_database.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace mesh::testing_support {

// Every call gives other bytes, the same in every run.
class counting_random final : public auth::random_source {
 public:
  void fill(std::span<std::byte> out) noexcept override {
    auto value = ++count_ * 0x9E3779B97F4A7C15ULL;
    for (auto& b : out) {
      value ^= value >> 29;
      value *= 0xBF58476D1CE4E5B9ULL;
      b = static_cast<std::byte>(value >> 56);
    }
  }

 private:
  std::atomic<std::uint64_t> count_ = 0;
};

class server_world {
 public:
  server_world() : database(db::database::open(test_database(folder_.path()), now).value()) {
    settings.public_url = "http://localhost:8000";
    settings.version = "0.1.0";
  }

  // Runs a service that changes something: commits when it succeeds.
  template <class F>
  auto change(F fn) -> std::invoke_result_t<F&, services::context&> {
    std::optional<std::invoke_result_t<F&, services::context&>> out;
    const auto done = database.write([&](services::transaction& tx) {
      auto c = context(tx);
      out.emplace(fn(c));
      return out->has_value();
    });
    if (!done) return std::unexpected(done.error());
    return std::move(*out);
  }

  template <class F>
  auto read(F fn) -> std::invoke_result_t<F&, services::context&> {
    std::optional<std::invoke_result_t<F&, services::context&>> out;
    const auto done = database.read([&](services::transaction& tx) {
      auto c = context(tx);
      out.emplace(fn(c));
      return true;
    });
    if (!done) return std::unexpected(done.error());
    return std::move(*out);
  }

  // Whatever the test wants from the tables.
  template <class F>
  auto look(F fn) {
    return *read([&](services::context& c) -> result<decltype(fn(c))> { return fn(c); });
  }

  // An account with a sign-in of its own; the password is "password-of-NAME", unhashed here.
  models::caller person(const std::string& name) {
    return *change([&](services::context& c) -> result<models::caller> {
      const models::user user{c.random.id<user_id>(), name, "hash-of-" + name, c.now, false};
      EXPECT_TRUE(c.tx.users().insert(user));
      const auto tokens = services::start_login(c, user, {"192.0.2.1", "curl/8", false}).tokens;
      const auto login = c.tx.logins().of_user(user.id).back();
      return models::caller{user.id, name, false, login.id, login.kind, std::nullopt, false, false, {}};
    });
  }

  models::user account(const models::caller& who) {
    return *look([&](services::context& c) { return c.tx.users().find(who.user); });
  }

  room_id room(const models::caller& owner, const std::string& name = "Atelier") {
    const auto made = change([&](services::context& c) { return services::create_room(c, owner, {name}); });
    EXPECT_TRUE(made);
    return made->reply.room.id;
  }

  void join(const room_id& room, const models::caller& who, models::role role = models::role::member) {
    const auto joined = change([&](services::context& c) -> result<models::effects> {
      models::effects effects;
      const auto found = c.tx.rooms().find(room);
      const auto user = c.tx.users().find(who.user);
      if (auto ok = services::join(c, *found, *user, role, effects); !ok) return std::unexpected(ok.error());
      return effects;
    });
    EXPECT_TRUE(joined) << joined.error().detail;
  }

  // A registered device; its secret key stays with the test.
  crypto::signing_key device(const models::caller& owner, const std::string& name) {
    auto key = crypto::signing_key::generate();
    admit(owner, {device_id(name), "agent", {}, to_base64url(key.verifier().spki())});
    return key;
  }
  // public_key: see browser_key.hpp.
  void browser(const models::caller& owner, const std::string& name, const std::string& public_key) {
    admit(owner, {device_id(name), "browser", {}, public_key});
  }

  void connect(const models::caller& who, const std::string& device, std::uint16_t port = 5000) {
    presence.users[who.user];
    presence.devices[device_id(device)] = {who.user, "agent", port, {}, "192.0.2.9"};
  }
  void disconnect(const std::string& device) { presence.devices.erase(device_id(device)); }

  services::context context(services::transaction& tx) { return {tx, now, random, keys, presence, settings}; }

 private:
  void admit(const models::caller& owner, const services::device_claim& claim) {
    const auto admitted = change([&](services::context& c) -> result<models::effects> {
      models::effects effects;
      const auto device = services::read_device(c, claim, owner.user);
      if (!device) return std::unexpected(device.error());
      if (auto ok = services::admit_device(c, *device, account_in(c, owner), effects); !ok)
        return std::unexpected(ok.error());
      return effects;
    });
    EXPECT_TRUE(admitted) << admitted.error().detail;
  }
  static models::user account_in(services::context& c, const models::caller& who) {
    return *c.tx.users().find(who.user);
  }
  test_dir folder_;

 public:
  wall_time now = from_unix_seconds(1'800'000'000);
  counting_random random;
  auth::keys keys = auth::keys::generate();
  models::presence presence;
  services::settings settings;
  db::database database;
};

// The events of one type among the effects.
inline std::vector<models::outgoing> events_of(const models::effects& effects, std::string_view type) {
  std::vector<models::outgoing> found;
  for (const auto& out : effects.events)
    if (out.event.type == type) found.push_back(out);
  return found;
}

// Everybody who gets an event of this type.
inline std::set<user_id> receivers(const models::effects& effects, std::string_view type) {
  std::set<user_id> users;
  for (const auto& out : events_of(effects, type)) users.insert(out.users.begin(), out.users.end());
  return users;
}

}  // namespace mesh::testing_support
