#include "server/api/limiter.hpp"

#include "core/net/url.hpp"
#include "server/auth/username.hpp"

namespace mesh::api {

using namespace std::chrono_literals;

// A person mistypes a few times in a row; a guesser goes on. 10 tries, then one each 6 s, is 14,400 a day for
// one account: far too few against Argon2id and eight characters.
limiter::limiter(std::function<steady_time()> now)
    : now_(std::move(now)),
      login_address_({1s, 30}),
      login_account_({6s, 10}),
      registration_address_({2s, 30}),
      knock_address_({1s, 60}),
      code_user_({6s, 10}),
      write_user_({50ms, 200}),
      message_user_({50ms, 100}),
      session_user_({200ms, 60}) {}

std::chrono::milliseconds limiter::by_address(auth::rate_limiter& bucket, const std::string& ip) {
  if (exempt_loopback_ && net::is_loopback(ip)) return 0ms;
  return bucket.take(auth::address_key(ip), now_());
}

std::chrono::milliseconds limiter::login(const std::string& ip, const std::string& username) {
  if (const auto wait = by_address(login_address_, ip); wait > 0ms) return wait;
  return login_account_.take(auth::normalise_username(username), now_());
}

void limiter::login_succeeded(const std::string& username) {
  login_account_.give_back(auth::normalise_username(username));
}

std::chrono::milliseconds limiter::registration(const std::string& ip) {
  return by_address(registration_address_, ip);
}
std::chrono::milliseconds limiter::knock(const std::string& ip) {
  return by_address(knock_address_, ip);
}
std::chrono::milliseconds limiter::code(const user_id& user) {
  return code_user_.take(user.str(), now_());
}
std::chrono::milliseconds limiter::write(const user_id& user) {
  return write_user_.take(user.str(), now_());
}
std::chrono::milliseconds limiter::message(const user_id& user) {
  return message_user_.take(user.str(), now_());
}
std::chrono::milliseconds limiter::session(const user_id& user) {
  return session_user_.take(user.str(), now_());
}

}  // namespace mesh::api
