#include "agent/app/keyboard_asks.hpp"

#include <algorithm>
#include <utility>

namespace mesh::app {
namespace {

// Removes the first for which wanted holds.
template <class T, class F>
std::optional<T> take_if(std::vector<T>& from, F wanted) {
  const auto found = std::ranges::find_if(from, wanted);
  if (found == from.end()) return std::nullopt;
  auto one = std::move(*found);
  from.erase(found);
  return one;
}

}  // namespace

void keyboard_asks::ask(keyboard_ask asked) {
  std::erase_if(asks_, [&](const auto& a) { return a.session == asked.session; });
  asks_.push_back(std::move(asked));
}

std::optional<keyboard_ask> keyboard_asks::take(std::string_view viewer) {
  return take_if(asks_, [&](const auto& a) {
    return viewer.empty() || a.session.str() == viewer || a.name == viewer || a.device.str() == viewer;
  });
}

std::vector<keyboard_ask> keyboard_asks::expire(steady_time now) {
  std::vector<keyboard_ask> out;
  while (auto one = take_if(asks_, [&](const auto& a) { return now >= a.until; }))
    out.push_back(std::move(*one));
  return out;
}

void keyboard_asks::consent(keyboard_consent given) {
  std::erase_if(consents_, [&](const auto& c) { return c.session == given.session; });
  consents_.push_back(std::move(given));
}

std::optional<keyboard_consent> keyboard_asks::begin(const mesh::session_id& session) {
  return take_if(consents_, [&](const auto& c) { return c.session == session; });
}

std::optional<keyboard_consent> keyboard_asks::refuse(std::string_view request) {
  return take_if(consents_, [&](const auto& c) { return c.request == request; });
}

void keyboard_asks::forget(const mesh::session_id& session) {
  std::erase_if(asks_, [&](const auto& a) { return a.session == session; });
  std::erase_if(consents_, [&](const auto& c) { return c.session == session; });
}

void keyboard_asks::forget_unless(const std::function<bool(const mesh::session_id&)>& looks) {
  std::erase_if(asks_, [&](const auto& a) { return !looks(a.session); });
  std::erase_if(consents_, [&](const auto& c) { return !looks(c.session); });
}

}  // namespace mesh::app
