// Which pages may talk to this server: its own, and nobody else's (cross-site requests, DNS rebinding).
#pragma once
#include "core/net/http.hpp"
#include "server/services/context.hpp"

namespace mesh::api {

// Host must be a name of this server where it has few (a loopback server answers to loopback names only, so
// that a foreign name that resolves to it gets nothing), and an Origin, if there is one, must be exactly
// ours. Errors: origin_refused.
result<void> check_origin(const net::http_request& request, const services::settings& settings);

// The request comes from a page: it carries an Origin.
bool from_page(const net::http_request& request);

}  // namespace mesh::api
