// Bodies of the REST interface, read as the routes read them. The first byte chooses the body: 'a' is the
// first.
#include "core/wire/account_bodies.hpp"
#include "core/wire/device_bodies.hpp"
#include "core/wire/p2p_bodies.hpp"
#include "core/wire/room_bodies.hpp"
#include "server/api/http_status.hpp"
#include "server/api/make_route.hpp"
#include "tests/fuzz/targets.hpp"

#include <array>

namespace mesh::fuzz {
namespace {

net::http_request posted(std::string_view body) {
  net::http_request request;
  request.method = "POST";
  request.path = "/";
  request.body = body;
  return request;
}

template <class Body>
void check(std::string_view text) {
  const auto first = api::read_body<Body>(posted(text));
  if (!first) {
    const auto answer = api::error_response(first.error());
    require(answer.status == 400 || answer.status == 413 || answer.status == 422, "the client is at fault");
    require(!first.error().detail.empty(), "an error says why");
    require(wire::parse_json(answer.body).has_value(), "a refusal is JSON");
    return;
  }
  const auto shown = wire::render(*first);
  if (shown.size() > limits::http_body_bytes_max) return;  // escapes grow
  const auto second = api::read_body<Body>(posted(shown));
  require(second && wire::render(*second) == shown, "a body survives rendering");
}

constexpr auto checks = std::to_array<void (*)(std::string_view)>({
    check<wire::register_request>,      check<wire::login_request>,
    check<wire::refresh_request>,       check<wire::setup_request>,
    check<wire::password_request>,      check<wire::delete_account_request>,
    check<wire::room_request>,          check<wire::member_request>,
    check<wire::role_request>,          check<wire::grid_body>,
    check<wire::invitation_request>,    check<wire::message_request>,
    check<wire::device_request>,        check<wire::enroll_request>,
    check<wire::device_code_request>,   check<wire::device_token_request>,
    check<wire::device_lookup_request>, check<wire::device_confirm_request>,
    check<wire::rename_device_request>, check<wire::p2p_session_request>,
});

}  // namespace

void rest_body(bytes_view data) {
  if (data.empty()) return;
  const auto text = as_text(data);
  const auto chosen = static_cast<std::size_t>(static_cast<unsigned char>(text[0]) - 'a') % checks.size();
  checks[chosen](text.substr(1));
}

}  // namespace mesh::fuzz
