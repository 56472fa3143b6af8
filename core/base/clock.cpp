#include "core/base/clock.hpp"

#include <charconv>

#include <fmt/format.h>

namespace mesh {
namespace {

using namespace std::chrono;

std::string format_date_time(sys_seconds t) {
  const auto day = floor<days>(t);
  const year_month_day date(day);
  const hh_mm_ss time(t - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

// The decimal number at text[at, at + width); -1 when it is not one.
int number(std::string_view text, std::size_t at, std::size_t width) {
  int value = 0;
  for (const char c : text.substr(at, width)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

wall_time wall_now() noexcept {
  return time_point_cast<milliseconds>(system_clock::now());
}

std::string format_rfc3339(wall_time t) {
  const auto whole = floor<seconds>(t);
  return format_date_time(whole) + fmt::format(".{:03}Z", (t - whole).count());
}

std::string format_rfc3339_seconds(wall_time t) {
  return format_date_time(floor<seconds>(t)) + "Z";
}

result<wall_time> parse_rfc3339(std::string_view text) {
  const auto bad = [] { return fail(errc::field_invalid, "not an RFC 3339 time in UTC"); };
  if (text.size() < 20 || text.size() > 30 || text.back() != 'Z') return bad();
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return bad();
  const int parts[] = {number(text, 0, 4),  number(text, 5, 2),  number(text, 8, 2),
                       number(text, 11, 2), number(text, 14, 2), number(text, 17, 2)};
  for (const int part : parts)
    if (part < 0) return bad();
  const year_month_day date{year(parts[0]), month(static_cast<unsigned>(parts[1])),
                            day(static_cast<unsigned>(parts[2]))};
  if (!date.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 59) return bad();
  int ms = 0;
  if (text.size() > 20) {
    const auto fraction = text.substr(20, text.size() - 21);
    if (text[19] != '.' || fraction.empty() || number(fraction, 0, fraction.size()) < 0) return bad();
    const std::string padded = (std::string(fraction) + "00").substr(0, 3);
    ms = number(padded, 0, 3);
  }
  return wall_time(sys_days(date)) + hours(parts[3]) + minutes(parts[4]) + seconds(parts[5]) +
         milliseconds(ms);
}

}  // namespace mesh
