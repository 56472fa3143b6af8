#include "agent/app/ping_view.hpp"

#include "agent/debug/format.hpp"
#include "core/text/plural.hpp"

namespace mesh::app {
namespace {

using text::tr;

double number(const wire::json_object& o, std::string_view key) {
  const auto* value = o.if_contains(key);
  if (value == nullptr) return 0;
  boost::system::error_code ignored;
  return value->to_number<double>(ignored);
}

std::uint64_t count(const wire::json_object& o, std::string_view key) {
  return static_cast<std::uint64_t>(number(o, key));
}

std::string word(const wire::json_object& o, std::string_view key) {
  const auto* value = o.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string milliseconds(const wire::json_object& o, std::string_view key) {
  return debug::format_milliseconds(number(o, key));
}

}  // namespace

std::string ping_words(std::string_view type, const wire::json_object& payload) {
  if (type == "connected")
    return tr("ping.connected", word(payload, "device_id"), word(payload, "address")) + "\n";
  if (type == "pong")
    return tr("ping.pong", count(payload, "number"), milliseconds(payload, "rtt_ms")) + "\n";
  return {};
}

std::string ping_summary(const wire::json_object& payload) {
  return text::tr_count("ping.summary", count(payload, "count"), milliseconds(payload, "min_ms"),
                        milliseconds(payload, "median_ms"), milliseconds(payload, "p95_ms"),
                        milliseconds(payload, "max_ms")) +
         "\n";
}

}  // namespace mesh::app
