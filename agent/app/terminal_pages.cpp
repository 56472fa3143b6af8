#include "agent/app/terminal_pages.hpp"

#include "core/base/log.hpp"
#include "core/crypto/random.hpp"
#include "core/wire/payloads.hpp"

#include <algorithm>
#include <array>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view module = "terminal";
// People who come and go at a machine must not flood the server with reports.
constexpr auto report_interval = 200ms;
// Enough for every report that the server may still answer.
constexpr std::size_t sent_ids_max = 64;
// A page says no sizes of its own and ends no shell.
constexpr auto actions =
    std::to_array<std::string_view>({"allow", "once", "deny", "fit", "keep", "revoke", "hide", "show"});

}  // namespace

// Where the outcome of a wish goes: to the pages.
class terminal_pages::answer final : public control::reply {
 public:
  explicit answer(terminal_pages& to) : to_(to), alive_(to.alive_) {}
  void event(std::string_view, wire::json_object) override {}
  void done(wire::json_object) override {
    if (*alive_) to_.tell();
  }
  void fail(const error& why) override {
    if (*alive_) to_.tell(std::string(word(why.code)));
  }
  void on_gone(std::function<void()>) override {}

 private:
  terminal_pages& to_;
  std::shared_ptr<bool> alive_;
};

terminal_pages::terminal_pages(calls wanted, io::task_group& tasks)
    : calls_(std::move(wanted)), tasks_(tasks) {}

terminal_pages::~terminal_pages() {
  *alive_ = false;
}

bool terminal_pages::take_event(const wire::event& e) {
  if (e.type == "system.error") {
    if (!e.reply_to || !sent_ids_.contains(*e.reply_to)) return false;
    const auto told = wire::payload_of<wire::error_info>(e);
    if (told && code_of(told->code) == errc::peer_offline) went_offline();
    return true;
  }
  if (e.type != "terminal.manage") return false;
  if (const auto wish = wire::payload_of<wire::terminal_manage>(e)) obey(*wish);
  return true;
}

void terminal_pages::went_offline() {
  wanted_ = false;
  sent_ids_.clear();
}

void terminal_pages::obey(const wire::terminal_manage& wish) {
  if (wish.action == "list") {
    // What the server says of earlier reports is about pages that were not there yet.
    sent_ids_.clear();
    wanted_ = true;
    tell();
    if (!std::exchange(watching_, true)) tasks_.spawn("terminal pages", watch());
    return;
  }
  if (std::ranges::find(actions, wish.action) == actions.end())
    return tell(std::string(word(errc::kind_unknown)));
  log::info(module, "A page of this person: {} terminal {}", wish.action, wish.name.value_or(""));
  wire::json_object body{{"name", wish.name.value_or("")}, {"action", wish.action}};
  if (wish.viewer) body["viewer"] = *wish.viewer;
  if (wish.minutes) body["minutes"] = *wish.minutes;
  calls_.control({.type = "terminal_control", .payload = std::move(body)}, std::make_shared<answer>(*this));
}

// As long as there is somebody to hear it.
io::task<> terminal_pages::watch() {
  while (wanted_) {
    if (now() == told_) {
      co_await calls_.changed();
    } else {
      tell();
      co_await io::sleep_for(report_interval);
    }
  }
  watching_ = false;
}

wire::json_object terminal_pages::now() const {
  const auto managed = wire::from_json<wire::terminal_managed>({{"terminals", calls_.list()}});
  return wire::make_payload(managed ? *managed : wire::terminal_managed{});
}

void terminal_pages::tell(std::optional<std::string> refused) {
  told_ = now();
  wire::event e;
  e.type = "terminal.managed";
  e.id = crypto::new_id<event_tag>().str();
  e.to = "server";
  e.payload = told_;
  if (refused) e.payload["refused"] = *refused;
  if (sent_ids_.size() >= sent_ids_max) sent_ids_.clear();
  sent_ids_.insert(e.id);
  calls_.send(std::move(e));
}

}  // namespace mesh::app
