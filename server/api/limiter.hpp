// How often strangers and people may knock: the rates of the REST interface in one place.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"
#include "server/auth/rate_limiter.hpp"

#include <functional>
#include <string>

namespace mesh::api {

class limiter {
 public:
  // now: read at each use.
  explicit limiter(std::function<steady_time()> now);

  // All of these: zero lets pass, else the time to wait.
  std::chrono::milliseconds login(const std::string& ip, const std::string& username);
  // The password was right: it does not count against the account.
  void login_succeeded(const std::string& username);
  std::chrono::milliseconds registration(const std::string& ip);
  // Anything that tries a code or token without an account.
  std::chrono::milliseconds knock(const std::string& ip);
  // A signed-in person: guessing codes, writing, chatting, opening sessions.
  std::chrono::milliseconds code(const user_id& user);
  std::chrono::milliseconds write(const user_id& user);
  std::chrono::milliseconds message(const user_id& user);
  std::chrono::milliseconds session(const user_id& user);

  // Everybody on this machine shares one address, so a server that nobody else reaches does not count
  // addresses.
  void exempt_loopback(bool exempt) { exempt_loopback_ = exempt; }

 private:
  std::chrono::milliseconds by_address(auth::rate_limiter& bucket, const std::string& ip);

  std::function<steady_time()> now_;
  bool exempt_loopback_ = false;
  auth::rate_limiter login_address_;
  auth::rate_limiter login_account_;
  auth::rate_limiter registration_address_;
  auth::rate_limiter knock_address_;
  auth::rate_limiter code_user_;
  auth::rate_limiter write_user_;
  auth::rate_limiter message_user_;
  auth::rate_limiter session_user_;
};

}  // namespace mesh::api
