#include "core/capability/jws.hpp"

#include "core/base/limits.hpp"

#include <array>
#include <string>

namespace mesh::capability {
namespace {

struct header {
  std::string alg;
  std::string typ;
  std::string kid;
};
BOOST_DESCRIBE_STRUCT(header, (), (alg, typ, kid))

struct parts {
  std::string_view head;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // head.payload
};

result<parts> split(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos)
    return fail(errc::token_malformed, "a token has three parts");  // a fourth is no base64url
  return parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
               token.substr(0, second)};
}

// Keys written in a valid JSON text: every colon outside a string follows one.
std::size_t written_keys(std::string_view json) {
  std::size_t count = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (in_string && json[i] == '\\')
      ++i;
    else if (json[i] == '"')
      in_string = !in_string;
    else if (json[i] == ':' && !in_string)
      ++count;
  }
  return count;
}

std::size_t kept_keys(const wire::json_value& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    count = object->size();
    for (const auto& entry : *object) count += kept_keys(entry.value());
  } else if (const auto* array = value.if_array()) {
    for (const auto& item : *array) count += kept_keys(item);
  }
  return count;
}

// A repeated key is refused, because readers disagree on which of the two counts (RFC 8725, section 2.4).
result<wire::json_object> read_object(std::string_view part) {
  const auto data = from_base64url(part);
  if (!data) return fail(errc::token_malformed, "a part of the token is not base64url");
  auto value = wire::parse_json(as_text(*data), limits::token_bytes_max);
  if (!value || !value->is_object())
    return fail(errc::token_malformed, "a part of the token is not a JSON object");
  if (written_keys(as_text(*data)) != kept_keys(*value))
    return fail(errc::token_malformed, "a key stands twice in the token");
  return std::move(value->get_object());
}

result<header> read_header(std::string_view part) {
  auto object = read_object(part);
  if (!object) return pass(object);
  auto head = wire::from_json<header>(std::move(*object), wire::unknown_keys::refuse);
  if (!head) return fail(errc::token_malformed, "the header of the token: " + head.error().detail);
  return head;
}

}  // namespace

secret sign_jws(std::string_view typ, const wire::json_object& payload, const crypto::signing_key& key) {
  const header head{"EdDSA", std::string(typ), key.verifier().kid()};
  auto text =
      to_base64url(as_bytes(wire::render(head))) + "." + to_base64url(as_bytes(wire::to_text(payload)));
  const auto signature = key.sign(as_bytes(text));
  return secret(text + "." + to_base64url(signature));
}

result<wire::json_object> open_jws(std::string_view token, std::string_view typ, const keyring& keys) {
  if (token.size() > limits::token_bytes_max) return fail(errc::too_large, "the token is too long");
  const auto part = split(token);
  if (!part) return std::unexpected(part.error());
  const auto head = read_header(part->head);
  if (!head) return std::unexpected(head.error());
  if (head->alg != "EdDSA") return fail(errc::token_algorithm, "the token is not signed with EdDSA");
  if (head->typ != typ) return fail(errc::token_type, "the token is of another type");
  const auto* key = keys.find(head->kid);
  if (key == nullptr)
    return fail(errc::token_key_unknown, "the token is signed with a key that is not known");
  const auto signature = from_base64url(part->signature);
  if (!signature) return fail(errc::token_malformed, "a part of the token is not base64url");
  if (!key->verify(as_bytes(part->signed_text), *signature))
    return fail(errc::token_signature, "the signature of the token does not hold");
  return read_object(part->payload);
}

}  // namespace mesh::capability
