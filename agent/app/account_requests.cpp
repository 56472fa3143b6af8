#include "agent/app/account_requests.hpp"

#include "core/wire/rest_bodies.hpp"

namespace mesh::app {
namespace {

// Empty server_url: the present one. Without username: by a code that somebody confirms.
struct login_body {
  std::optional<std::string> server_url;
  std::optional<std::string> username;
  std::optional<std::string> password;
};
BOOST_DESCRIBE_STRUCT(login_body, (), (server_url, username, password))

struct enroll_body {
  std::string code;
  std::optional<std::string> server_url;
};
BOOST_DESCRIBE_STRUCT(enroll_body, (), (code, server_url))

struct rest_body {
  std::string method;
  std::string path;
  std::optional<wire::json_value> body;
};
BOOST_DESCRIBE_STRUCT(rest_body, (), (method, path, body))

template <class T>
result<T> read(const control::request& r) {
  return wire::from_json<T>(wire::json_value(r.payload), wire::unknown_keys::refuse);
}

}  // namespace

bool account_requests::handle(const control::request& r, const std::shared_ptr<control::reply>& to) {
  if (r.type == "login")
    tasks_.spawn("login", login(r, to));
  else if (r.type == "enroll")
    tasks_.spawn("enroll", enroll(r, to));
  else if (r.type == "logout")
    tasks_.spawn("logout", logout(to));
  else if (r.type == "rest")
    tasks_.spawn("rest", rest(r, to));
  else
    return false;
  return true;
}

void account_requests::tell_signed_in(const result<void>& outcome, control::reply& to) const {
  if (!outcome) return to.fail(outcome.error());
  to.done({{"server_url", account_.server_url()},
           {"username", account_.username()},
           {"device_id", account_.self().device_id}});
}

io::task<> account_requests::login(control::request r, std::shared_ptr<control::reply> to) {
  auto body = read<login_body>(r);
  if (!body) co_return to->fail(body.error());
  result<void> outcome;
  if (body->username) {
    outcome = co_await account_.sign_in_with_password(body->server_url.value_or(""), *body->username,
                                                      secret(std::move(body->password).value_or("")));
  } else {
    // The asker may go away while nobody confirms: then nobody waits for the answer either.
    auto asked = std::make_shared<bool>(true);
    to->on_gone([asked] { *asked = false; });
    outcome = co_await account_.sign_in_with_code(
        body->server_url.value_or(""),
        [to](const wire::device_code_answer& code) {
          auto shown = wire::to_json(code).as_object();
          shown.erase("device_code");
          to->event("confirm", std::move(shown));
        },
        [asked] { return *asked; });
  }
  tell_signed_in(outcome, *to);
}

io::task<> account_requests::enroll(control::request r, std::shared_ptr<control::reply> to) {
  const auto body = read<enroll_body>(r);
  if (!body) co_return to->fail(body.error());
  const auto outcome = co_await account_.enroll(body->server_url.value_or(""), body->code);
  tell_signed_in(outcome, *to);
}

io::task<> account_requests::logout(std::shared_ptr<control::reply> to) {
  const bool was = account_.signed_in();
  const auto outcome = co_await account_.sign_out();
  if (!outcome) co_return to->fail(outcome.error());
  to->done({{"was_signed_in", was}});
}

io::task<> account_requests::rest(control::request r, std::shared_ptr<control::reply> to) {
  auto body = read<rest_body>(r);
  if (!body) co_return to->fail(body.error());
  if (!body->path.starts_with("/api/"))
    co_return to->fail({errc::field_invalid, "a path under /api/ is expected", "path"});
  auto answer = co_await account_.call(body->method, body->path, std::move(body->body));
  if (!answer) co_return to->fail(answer.error());
  to->done({{"value", std::move(*answer)}});
}

}  // namespace mesh::app
