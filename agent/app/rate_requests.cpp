#include "agent/app/rate_requests.hpp"

#include "core/base/id.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

namespace mesh::app {
namespace {

// action: show; set to a rate; off; default (what is configured). device_id: absent for all transfers.
struct limit_body {
  std::string action;
  std::optional<std::uint64_t> rate;
  std::optional<std::string> device_id;
};
BOOST_DESCRIBE_STRUCT(limit_body, (), (action, rate, device_id))

result<void> obey(rate_book& book, const limit_body& body) {
  if (body.device_id && !valid_device_id(*body.device_id))
    return fail(errc::field_invalid, "no name of a device", "device_id");
  if (body.action == "set" && (!body.rate || *body.rate < limits::rate_bytes_per_second_min))
    return fail(errc::field_invalid, "a rate of at least 16K is expected", "rate");
  const auto rate = body.action == "set" ? body.rate : std::nullopt;
  if (body.action != "set" && body.action != "off" && body.action != "default")
    return fail(errc::kind_unknown, body.action, "action");
  if (body.device_id) return book.set_device(*body.device_id, rate);
  return body.action == "default" ? book.use_configured() : book.set_all(rate);
}

}  // namespace

bool rate_requests::handle(const control::request& r, control::reply& to) {
  if (r.type != "limit") return false;
  const auto body = wire::from_json<limit_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) {
    to.fail(body.error());
    return true;
  }
  if (body->action != "show") {
    if (const auto done = obey(book_, *body); !done) {
      to.fail(done.error());
      return true;
    }
    log::info("share", "limit {} device={} rate={}", body->action, body->device_id.value_or("all"),
              body->rate.value_or(0));
    changed_();
  }
  to.done(wire::to_json(book_.table()).as_object());
  return true;
}

}  // namespace mesh::app
