#include "agent/app/terminal_offers.hpp"

#include <algorithm>

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
  const auto meant = [&](const wire::terminal_shared& one) {
    const auto of = [&](std::string_view whose) {
      return wanted == whose || (wanted.starts_with(whose) && wanted.substr(whose.size()).starts_with('/') &&
                                 wanted.substr(whose.size() + 1) == one.name);
    };
    return wanted.empty() || wanted == one.name || of(one.device_id.str()) || of(one.username);
  };
  const auto first = std::ranges::find_if(offers, meant);
  if (first == offers.end() || std::ranges::any_of(first + 1, offers.end(), meant)) return nullptr;
  return &*first;
}

}  // namespace mesh::app
