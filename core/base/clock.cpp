#include "core/base/clock.hpp"

#include <algorithm>

namespace mesh {
namespace {

using namespace std::chrono;

// Every event carries a time, so digits are written by hand here: several times as fast as a format string.
void put(std::string& to, std::size_t at, std::size_t width, std::int64_t number) {
  for (; width > 0; number /= 10) to[at + --width] = static_cast<char>('0' + number % 10);
}

std::string format_date_time(sys_seconds t) {
  // RFC 3339 knows years from 0 to 9999.
  static constexpr sys_seconds first = sys_days(year(0) / January / 1);
  static constexpr sys_seconds end = sys_days(year(10000) / January / 1);
  t = std::clamp(t, first, end - seconds(1));
  const auto day = floor<days>(t);
  const year_month_day date(day);
  const hh_mm_ss time(t - day);
  std::string out = "0000-00-00T00:00:00";
  put(out, 0, 4, static_cast<int>(date.year()));
  put(out, 5, 2, static_cast<unsigned>(date.month()));
  put(out, 8, 2, static_cast<unsigned>(date.day()));
  put(out, 11, 2, time.hours().count());
  put(out, 14, 2, time.minutes().count());
  put(out, 17, 2, time.seconds().count());
  return out;
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
  auto out = format_date_time(whole) + ".000Z";
  put(out, out.size() - 4, 3, (t - whole).count());
  return out;
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
