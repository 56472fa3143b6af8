// Finds out who is asking: a bearer token, or a page's cookie.
#pragma once
#include "core/net/http.hpp"
#include "server/api/backend.hpp"
#include "server/models/caller.hpp"

namespace mesh::api {

inline constexpr std::string_view cookie_name = "__Host-mesh";

// Of an HTTP request whose origin was checked. A page that writes must show the header X-Mesh and its Origin.
// Errors: unauthorized, token_expired, header_required, origin_refused, and those of the database.
io::task<result<models::caller>> authenticate(backend& with, const net::http_request& request);

// Of a WebSocket upgrade, origin check included: a bearer header, a page's cookie together with its Origin,
// or
// "?token=". Errors: as above.
io::task<result<models::caller>> authenticate_upgrade(backend& with, const net::http_request& request);

// What the list of sign-ins will show.
models::client client_of(const net::http_request& request);

std::string set_cookie(std::string_view token);
std::string clear_cookie();

}  // namespace mesh::api
