// Errors as HTTP answers (contract, section 3).
#pragma once
#include "core/base/error.hpp"
#include "core/net/http.hpp"

#include <chrono>

namespace mesh::api {

unsigned http_status(errc code) noexcept;

// {"error":{"code","message","field"?}}
net::http_response error_response(const error& why);
// 429 with Retry-After in whole seconds.
net::http_response rate_limited(std::chrono::milliseconds retry_after);

}  // namespace mesh::api
