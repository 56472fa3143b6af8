// Tells when this machine gets or loses an address, as after a change of network (rtnetlink(7)).
#pragma once
#include "core/io/task.hpp"

#include <chrono>
#include <functional>

namespace mesh::server_link {

// A change of network is a dozen messages within a moment: they are told as one.
inline constexpr auto address_settle = std::chrono::milliseconds(200);

// Calls changed after addresses or links changed; runs until it is cancelled. Where the kernel gives no such
// news it says so once and ends: addresses are then told with the next connection only.
io::task<> watch_addresses(std::function<void()> changed);

}  // namespace mesh::server_link
