// What travels on the control socket: requests of the CLI, and for each any number of events and one end.
#pragma once
#include "core/base/error.hpp"
#include "core/wire/json.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mesh::control {

// {"type":"send","id":1,"payload":{}}; id is chosen by the asker, unique on its connection.
struct request {
  std::int64_t id = 0;
  std::string type;
  wire::json_object payload;
};

// {"type":"progress","id":1,"payload":{}}. The last one of a request is "done", or "error" with payload
// {"code","message","field"}.
struct answer {
  std::int64_t id = 0;
  std::string type;
  wire::json_object payload;

  bool is_end() const { return type == "done" || type == "error"; }
};

// Errors: those of wire::parse; unknown keys are refused.
result<request> parse_request(std::string_view body);
result<answer> parse_answer(std::string_view body);
std::string render(const request& r);
std::string render(const answer& a);

answer error_answer(std::int64_t id, const error& e);
// The error that an "error" answer carries.
error error_of(const answer& a);

// Where the one who serves a request puts its answers. Used on the network thread only.
class reply {
 public:
  virtual ~reply() = default;
  // Nothing is sent after done() or fail(). An event may be dropped when the asker reads too slowly.
  virtual void event(std::string_view type, wire::json_object payload) = 0;
  virtual void done(wire::json_object payload = {}) = 0;
  virtual void fail(const error& e) = 0;
  // Called once if the asker goes away before the end: what was asked for shall stop.
  virtual void on_gone(std::function<void()> call) = 0;
};

using handler = std::function<void(request, std::shared_ptr<reply>)>;

}  // namespace mesh::control
