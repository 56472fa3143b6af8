// Who answers a command: the daemon over its socket, or an agent inside this very process. Commands cannot
// tell.
#pragma once
#include "agent/control/message.hpp"
#include "core/base/error.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace mesh::app {

using event_call = std::function<void(std::string_view type, const wire::json_object& payload)>;

class asker {
 public:
  virtual ~asker() = default;
  // One request, its events, and the payload of its end.
  virtual result<wire::json_object> ask(std::string_view type, wire::json_object payload,
                                        const event_call& on_event = {}) = 0;
  // One request whose outcome nobody waits for. From any thread, also while ask() runs.
  virtual void tell(std::string_view type, wire::json_object payload) = 0;
  // Ends the ask() that runs, which then fails with canceled. From any thread.
  virtual void leave() = 0;
  // True when a daemon answers.
  virtual bool is_daemon() const = 0;

  // GET of the REST interface as the signed-in user, read as T.
  template <class T>
  result<T> get(std::string path) {
    return read<T>(ask("rest", {{"method", "GET"}, {"path", std::move(path)}}));
  }
  template <class T, class B>
  result<T> post(std::string path, const B& body) {
    return read<T>(
        ask("rest", {{"method", "POST"}, {"path", std::move(path)}, {"body", wire::to_json(body)}}));
  }

 private:
  template <class T>
  static result<T> read(result<wire::json_object> answer) {
    if (!answer) return pass(answer);
    const auto* value = answer->if_contains("value");
    auto out = wire::from_json<T>(value == nullptr ? wire::json_value() : *value);
    if (!out) return fail(errc::server_error, "an answer that is not understood: " + out.error().detail);
    return out;
  }
};

}  // namespace mesh::app
