#include "agent/app/terminal_offers.hpp"

namespace mesh::app {

io::task<result<std::vector<wire::terminal_shared>>> terminal_offers(server_link::account& account) {
  auto list = co_await account.get<wire::terminal_list>("/api/terminals");
  if (!list) co_return pass(list);
  std::erase_if(list->terminals,
                [&](const auto& one) { return one.device_id.str() == account.self().device_id; });
  co_return std::move(list->terminals);
}

const wire::terminal_shared* find_offer(std::span<const wire::terminal_shared> offers,
                                        std::string_view wanted) {
  const auto slash = wanted.find('/');
  const auto whose = slash == std::string_view::npos ? std::string_view() : wanted.substr(0, slash);
  const auto name = slash == std::string_view::npos ? wanted : wanted.substr(slash + 1);
  const wire::terminal_shared* found = nullptr;
  for (const auto& one : offers) {
    if (one.name != name || (!whose.empty() && one.device_id.str() != whose && one.username != whose))
      continue;
    if (found != nullptr) return nullptr;
    found = &one;
  }
  return found;
}

}  // namespace mesh::app
