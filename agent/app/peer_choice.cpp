#include "agent/app/peer_choice.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace mesh::app {
namespace {

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

using choice = std::vector<const wire::device_info*>;

std::unexpected<error> ambiguous(std::string_view wanted, const choice& found) {
  std::string list;
  for (const auto* d : found)
    list += fmt::format("{}{} ({}{})", list.empty() ? "" : ", ", d->device_id.str(), d->username,
                        d->online ? "" : ", offline");
  return fail(errc::peer_ambiguous, fmt::format("\"{}\" can be {}", wanted, list), "to");
}

}  // namespace

result<wire::device_info> choose_peer(const std::vector<wire::device_info>& peers, std::string_view wanted,
                                      std::string_view own_id) {
  if (wanted == own_id) return fail(errc::same_device, std::string(wanted), "to");
  choice agents;
  choice browsers;
  for (const auto& d : peers) {
    if (d.kind == "agent" && d.device_id.str() != own_id) agents.push_back(&d);
    if (d.kind == "browser" && d.own) browsers.push_back(&d);
  }
  const auto pick = [](const choice& among, auto matches) {
    choice found;
    std::ranges::copy_if(among, std::back_inserter(found), matches);
    return found;
  };
  const auto with_id = [&](const auto* d) { return d->device_id.str() == wanted; };
  const auto named = [&](const auto* d) { return same_word(d->name, wanted); };
  const auto of_person = pick(agents, [&](const auto* d) { return same_word(d->username, wanted); });
  // People name their machines as they like: none may take what is meant for the person of that name.
  const auto of_others = [&](const choice& of) {
    return !of_person.empty() &&
           std::ranges::any_of(of, [&](const auto* d) { return !same_word(d->username, wanted); });
  };
  choice found;
  for (const auto* among : {&agents, &browsers})
    if (found.empty()) found = pick(*among, with_id);
  const bool by_id = !found.empty();
  if (found.empty()) found = pick(agents, named);
  if (found.empty()) found = pick(browsers, named);
  if (of_others(found)) {
    for (const auto* d : of_person)
      if (std::ranges::find(found, d) == found.end()) found.push_back(d);
    return ambiguous(wanted, found);
  }
  if (by_id) return *found.front();
  if (found.empty()) found = of_person;
  if (found.empty())
    return fail(errc::peer_unknown,
                fmt::format("\"{}\" is neither a machine nor a person that you share a room with", wanted),
                "to");
  if (found.size() > 1) {
    // Who of several people gets it shall not hang on who is there.
    if (std::ranges::any_of(found, [&](const auto* d) { return d->username != found.front()->username; }))
      return ambiguous(wanted, found);
    choice online;
    std::ranges::copy_if(found, std::back_inserter(online), [](const auto* d) { return d->online; });
    if (online.size() != 1) return ambiguous(wanted, found);
    found = online;
  }
  return *found.front();
}

}  // namespace mesh::app
