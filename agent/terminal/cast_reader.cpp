#include "agent/terminal/cast_reader.hpp"

#include "core/base/limits.hpp"
#include "core/wire/json.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace mesh::terminal {
namespace {

constexpr std::size_t line_bytes_max = 4UZ * 1024 * 1024;
constexpr double seconds_max = 30.0 * 24 * 3600;

std::unexpected<error> bad(std::size_t line, std::string_view why) {
  return fail(errc::field_invalid, fmt::format("line {}: {}", line, why), "FILE");
}

std::optional<terminal_size> size_of(std::string_view text) {
  terminal_size size;
  const auto cross = text.find('x');
  if (cross == std::string_view::npos) return std::nullopt;
  const auto* const end = text.data() + text.size();
  const auto cols = std::from_chars(text.data(), text.data() + cross, size.cols);
  const auto rows = std::from_chars(text.data() + cross + 1, end, size.rows);
  if (cols.ptr != text.data() + cross || rows.ptr != end || !valid(size)) return std::nullopt;
  return size;
}

struct cast_header {
  std::int64_t version = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::optional<std::string> title;
};
BOOST_DESCRIBE_STRUCT(cast_header, (), (version, width, height, title))

result<cast> read_header(const wire::json_value& value) {
  const auto header = wire::from_json<cast_header>(value);
  if (!header) return bad(1, header.error().detail);
  if (header->version != 2) return bad(1, "not asciicast version 2");
  if (header->width < 1 || header->width > limits::terminal_columns_max || header->height < 1 ||
      header->height > limits::terminal_rows_max)
    return bad(1, "no terminal has this size");
  return cast{
      {static_cast<int>(header->width), static_cast<int>(header->height)}, header->title.value_or(""), {}};
}

// nullopt for an event of a kind that is left out.
std::optional<cast_event> read_event(const boost::json::array& parts) {
  cast_event event;
  event.at = std::chrono::microseconds(
      static_cast<std::int64_t>(std::clamp(parts[0].to_number<double>(), 0.0, seconds_max) * 1e6));
  const auto code = std::string_view(parts[1].as_string());
  event.text = parts[2].as_string();
  if (code == "o") return event;
  if (code == "m") {
    event.kind = cast_kind::marker;
    return event;
  }
  const auto size = code == "r" ? size_of(event.text) : std::nullopt;
  if (!size) return std::nullopt;
  event.kind = cast_kind::resize;
  event.size = *size;
  return event;
}

}  // namespace

result<cast> read_cast(std::string_view text) {
  if (text.size() > limits::terminal_recording_bytes_max)
    return fail(errc::too_large, "this recording is too long", "FILE");
  result<cast> out = bad(1, "nothing is recorded here");
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    const auto value = wire::parse_json(line, line_bytes_max);
    if (!value && end == std::string_view::npos && out) break;  // whoever wrote it was killed
    if (!value) return bad(number, value.error().detail);
    if (!out) {
      out = read_header(*value);
      if (!out) return out;
      continue;
    }
    const auto* parts = value->if_array();
    if (parts == nullptr || parts->size() < 3 || !(*parts)[0].is_number() || !(*parts)[1].is_string() ||
        !(*parts)[2].is_string())
      return bad(number, "a time, a kind and a text are expected");
    if (auto event = read_event(*parts)) {
      if (!out->events.empty()) event->at = std::max(event->at, out->events.back().at);
      out->events.push_back(std::move(*event));
    }
  }
  return out;
}

}  // namespace mesh::terminal
