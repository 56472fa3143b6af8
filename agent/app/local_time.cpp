#include "agent/app/local_time.hpp"

#include <ctime>

#include <fmt/format.h>

namespace mesh::app {
namespace {

std::tm here(wall_time t) {
  const std::time_t seconds = unix_seconds(t);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

std::string day(const std::tm& t) {
  return fmt::format("{:04}-{:02}-{:02}", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

std::string minute(const std::tm& t) {
  return fmt::format("{:02}:{:02}", t.tm_hour, t.tm_min);
}

}  // namespace

std::string shown_time(std::string_view rfc3339, wall_time now) {
  const auto moment = parse_rfc3339(rfc3339);
  if (!moment) return std::string(rfc3339);
  const auto then = here(*moment);
  return day(then) == day(here(now)) ? minute(then) : day(then) + " " + minute(then);
}

std::string shown_moment(std::string_view rfc3339) {
  const auto moment = parse_rfc3339(rfc3339);
  if (!moment) return std::string(rfc3339);
  const auto then = here(*moment);
  return fmt::format("{} {}:{:02}", day(then), minute(then), then.tm_sec);
}

}  // namespace mesh::app
