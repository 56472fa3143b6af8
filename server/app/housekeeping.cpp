#include "server/app/housekeeping.hpp"

#include "core/base/log.hpp"
#include "server/api/transact.hpp"
#include "server/services/guests.hpp"

#include <malloc.h>

namespace mesh::app {
namespace {

constexpr auto expiry_interval = std::chrono::hours(1);

using services::context;

}  // namespace

io::task<> forget_expired(backend& with) {
  while (true) {
    auto job = [now = with.now()](services::transaction& tx) {
      tx.prune(now);
      return true;
    };
    const auto done = co_await with.run_write(std::move(job));
    if (!done) log::warn("app", "what expired could not be removed: {}", done.error().detail);
    auto visits = [](context& c) { return services::end_visits(c); };
    if (const auto ended = co_await api::change(with, std::move(visits)); !ended)
      log::warn("app", "visits that are over could not be ended: {}", ended.error().detail);
    co_await io::sleep_for(expiry_interval);
  }
}

io::task<> cut_ended_logins(backend& with, std::chrono::milliseconds interval) {
  while (true) {
    co_await io::sleep_for(interval);
    auto logins = with.hub().logins();
    if (logins.empty()) continue;
    auto work = [logins = std::move(logins)](context& c) -> result<std::vector<login_id>> {
      std::vector<login_id> ended;
      for (const auto& id : logins) {
        const auto login = c.tx.logins().find(id);
        if (!login || login->expires_at <= c.now) ended.push_back(id);
      }
      return ended;
    };
    const auto ended = co_await api::read(with, std::move(work));
    if (!ended) continue;
    for (const auto& id : *ended) {
      models::disconnect cut;
      cut.login = id;
      cut.reason = word(errc::unauthorized);
      with.hub().disconnect(cut);
    }
  }
}

io::task<> end_silent_activities(backend& with, std::chrono::milliseconds interval) {
  while (true) {
    co_await io::sleep_for(interval);
    with.hub().expire_activities();
    with.relay_desk().expire();
  }
}

io::task<> give_memory_back(std::chrono::milliseconds interval) {
  while (true) {
    co_await io::sleep_for(interval);
    ::malloc_trim(0);
  }
}

}  // namespace mesh::app
