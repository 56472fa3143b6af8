#include "agent/control/message.hpp"

#include "core/base/limits.hpp"

namespace mesh::control {
namespace {

struct wire_message {
  std::int64_t id = 0;
  std::string type;
  std::optional<wire::json_object> payload;
};
BOOST_DESCRIBE_STRUCT(wire_message, (), (id, type, payload))

struct wire_error {
  std::string code;
  std::string message;
  std::optional<std::string> field;
};
BOOST_DESCRIBE_STRUCT(wire_error, (), (code, message, field))

result<wire_message> parse(std::string_view body, std::size_t bytes_max) {
  return wire::parse<wire_message>(body, wire::unknown_keys::refuse, bytes_max);
}

}  // namespace

result<request> parse_request(std::string_view body) {
  auto m = parse(body, limits::json_message_bytes_max);
  if (!m) return pass(m);
  return request{m->id, std::move(m->type), std::move(m->payload).value_or(wire::json_object{})};
}

result<answer> parse_answer(std::string_view body) {
  auto m = parse(body, body.size());
  if (!m) return pass(m);
  return answer{m->id, std::move(m->type), std::move(m->payload).value_or(wire::json_object{})};
}

std::string render(const request& r) {
  return wire::render(wire_message{r.id, r.type, r.payload});
}

std::string render(const answer& a) {
  return wire::render(wire_message{a.id, a.type, a.payload});
}

answer error_answer(std::int64_t id, const error& e) {
  wire_error body{std::string(word(e.code)), e.detail, std::nullopt};
  if (!e.field.empty()) body.field = e.field;
  return {id, "error", wire::to_json(body).as_object()};
}

error error_of(const answer& a) {
  auto body = wire::from_json<wire_error>(wire::json_value(a.payload));
  if (!body) return {errc::internal, "an error without a code", {}};
  return {code_of(body->code), std::move(body->message), std::move(body->field).value_or("")};
}

}  // namespace mesh::control
