// Builds routes out of services: reads the body, runs the transaction, writes the answer.
#pragma once
#include "core/base/limits.hpp"
#include "server/api/route.hpp"
#include "server/api/schema.hpp"
#include "server/api/transact.hpp"

namespace mesh::api {

// What a route without a body or without an answer names.
struct none {};

using parameters = std::vector<std::pair<std::string, std::string>>;
std::string parameter(const parameters& from, std::string_view name);

// A body that may be left out when no field of it is required. Errors: invalid_json, invalid_utf8,
// json_too_deep, too_large, field_*.
template <class Body>
result<Body> read_body(const net::http_request& request) {
  if (request.body.empty())
    if (auto empty = wire::parse<Body>("{}", wire::unknown_keys::refuse)) return empty;
  auto body = wire::parse<Body>(request.body, wire::unknown_keys::refuse);
  if (!body) return body;
  if (auto ok = services::check_lengths(*body); !ok) return std::unexpected(std::move(ok).error());
  return body;
}

template <class Answer>
net::http_response write_answer(unsigned status, const Answer& answer) {
  return net::http_response::json(status, wire::render(answer));
}

namespace detail {

template <class T>
wire::json_value body_schema() {
  if constexpr (std::is_same_v<T, none>)
    return nullptr;
  else
    return schema_of<T>(openness::strict);
}
template <class T>
wire::json_value answer_schema() {
  if constexpr (std::is_same_v<T, none>)
    return nullptr;
  else
    return schema_of<T>(openness::growing);
}

template <class Answer, class Reply>
net::http_response respond(unsigned status, const Reply& reply) {
  if constexpr (std::is_same_v<Answer, none>)
    return net::http_response::empty(status);
  else
    return write_answer(status, reply);
}

}  // namespace detail

// Runs fn in a reading transaction and answers with what it returned.
template <class F>
io::task<result<net::http_response>> answer_read(call& c, unsigned status, F fn) {
  const auto done = co_await read(c.with, std::move(fn));
  if (!done) co_return std::unexpected(done.error());
  co_return write_answer(status, *done);
}

// The same in a writing transaction. Answer: none for a success without a body.
template <class Answer = void, class F>
io::task<result<net::http_response>> answer_change(call& c, unsigned status, F fn) {
  const auto done = co_await change(c.with, std::move(fn));
  if (!done) co_return std::unexpected(done.error());
  co_return detail::respond<Answer>(status, *done);
}

// A route with a handler of its own: io::task<result<net::http_response>>(call&, Body).
template <class Body, class Answer, class F>
route make_route(std::string_view method, std::string_view pattern, access who, std::string_view summary,
                 std::vector<unsigned> successes, F run) {
  route r{method,
          pattern,
          who,
          summary,
          std::move(successes),
          detail::body_schema<Body>(),
          detail::answer_schema<Answer>(),
          {},
          {}};
  r.handle = [run](call& c) -> io::task<result<net::http_response>> {
    if constexpr (std::is_same_v<Body, none>) {
      co_return co_await run(c);
    } else {
      auto body = read_body<Body>(c.http);
      if (!body) co_return pass(body);
      co_return co_await run(c, std::move(*body));
    }
  };
  return r;
}

// A route that is one reading transaction: result<Answer> fn(context&, const caller&, const parameters&).
template <class Answer, class F>
route make_reader(std::string_view pattern, std::string_view summary, F fn) {
  auto run = [fn](call& c) -> io::task<result<net::http_response>> {
    auto work = [fn, caller = c.caller, path = c.path](services::context& x) { return fn(x, caller, path); };
    co_return co_await answer_read(c, 200, std::move(work));
  };
  return make_route<none, Answer>("GET", pattern, access::signed_in, summary, {200}, run);
}

// A route that is one writing transaction: result<outcome<Answer>> fn(context&, const caller&, const
// parameters&
// [, const Body&]).
template <class Body, class Answer, class F>
route make_writer(std::string_view method, std::string_view pattern, std::string_view summary,
                  unsigned success, F fn) {
  if constexpr (std::is_same_v<Body, none>) {
    auto run = [fn, success](call& c) -> io::task<result<net::http_response>> {
      auto work = [fn, caller = c.caller, path = c.path](services::context& x) {
        return fn(x, caller, path);
      };
      co_return co_await answer_change<Answer>(c, success, std::move(work));
    };
    return make_route<none, Answer>(method, pattern, access::signed_in, summary, {success}, run);
  } else {
    auto run = [fn, success](call& c, Body body) -> io::task<result<net::http_response>> {
      auto work = [fn, caller = c.caller, path = c.path, body = std::move(body)](services::context& x) {
        return fn(x, caller, path, body);
      };
      co_return co_await answer_change<Answer>(c, success, std::move(work));
    };
    return make_route<Body, Answer>(method, pattern, access::signed_in, summary, {success}, run);
  }
}

}  // namespace mesh::api
