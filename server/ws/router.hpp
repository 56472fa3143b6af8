// Which part of the server answers an event: by the longest matching prefix of its type.
#pragma once
#include "core/io/task.hpp"
#include "core/wire/event.hpp"
#include "server/ws/identity.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::ws {

// The event to send back to the asking connection, if any. Errors travel as system.error.
using event_answer = result<std::optional<wire::event>>;
using event_handler = std::function<io::task<event_answer>(identity, wire::event)>;

// waits: the answer may need an event of another connection first, so that the asker must go on being heard
// meanwhile.
struct route {
  event_handler handle;
  bool waits = false;
};

class router {
 public:
  // prefix: "chat.", or a whole type.
  void add(std::string prefix, route to) { routes_.insert_or_assign(std::move(prefix), std::move(to)); }

  // nullptr when nobody answers such events.
  const route* find(std::string_view type) const {
    const route* longest = nullptr;
    std::size_t length = 0;
    for (const auto& [prefix, to] : routes_)
      if (type.starts_with(prefix) && prefix.size() >= length) {
        longest = &to;
        length = prefix.size();
      }
    return longest;
  }

 private:
  std::map<std::string, route, std::less<>> routes_;
};

}  // namespace mesh::ws
