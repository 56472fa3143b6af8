#include "agent/app/page_link.hpp"

#include "agent/app/transfer_control.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"

#include <algorithm>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view module = "share";
// Enough for every report that the server may still answer.
constexpr std::size_t sent_ids_max = 256;

}  // namespace

page_link::page_link(server_link::server_link& link, data_plane& plane, outbox_runner& outbox,
                     io::task_group& tasks)
    : link_(link), plane_(plane), outbox_(outbox), changed_(tasks.get_executor()) {
  listening_ = plane_.book().listen([this](transfer_change change, const transfer_record& record) {
    if (!reports_.wanted()) return;
    reports_.note(change, record, steady_now());
    changed_.notify();
  });
  tasks.spawn("pages", run());
}

page_link::~page_link() {
  plane_.book().unlisten(listening_);
}

io::task<> page_link::run() {
  while (true) {
    while (const auto due = reports_.take(steady_now())) tell(due->type, due->transfer_id);
    const auto now = steady_now();
    const auto next = reports_.next_due(now);
    if (!next)
      co_await changed_.wait();
    else
      (void)co_await changed_.wait_for(std::max<steady_time::duration>(*next - now, 10ms));
  }
}

bool page_link::take_event(const wire::event& e) {
  if (e.type == "system.error") {
    if (!e.reply_to || !sent_ids_.contains(*e.reply_to)) return false;
    const auto told = wire::payload_of<wire::error_info>(e);
    if (told && code_of(told->code) == errc::peer_offline) went_offline();
    return true;
  }
  if (e.type != "share.control") return e.type.starts_with("share.");
  if (const auto wish = wire::payload_of<wire::share_control>(e)) obey(*wish);
  return true;
}

void page_link::went_offline() {
  reports_.stop();
  sent_ids_.clear();
}

void page_link::obey(const wire::share_control& wish) {
  if (wish.action == "list") return list();
  const auto id = wish.transfer_id.value_or("");
  log::info(module, "A page of this person: {} transfer {}", wish.action, id);
  const bool answers = wish.action == "accept" || wish.action == "refuse";
  const auto done = answers ? plane_.answer(id, wish.action == "accept")
                            : control_transfer(plane_, outbox_, id, wish.action);
  // Whatever happened is noted by the book; a wish that changed nothing is answered all the same.
  if (!done) tell("share.progress", id, &done.error());
}

void page_link::tell(std::string_view type, const std::string& transfer_id, const error* refused) {
  const auto* record = plane_.book().find(transfer_id);
  wire::share_report report;
  if (record != nullptr) {
    report = report_of(*record);
  } else {
    report.transfer_id = transfer_id;
    report.direction = "in";
    report.state = "failed";
    report.error = wire::error_info{std::string(word(errc::not_found)), {}, std::nullopt};
    type = "share.failed";
  }
  if (refused != nullptr)
    report.refused = wire::error_info{std::string(word(refused->code)), {}, std::nullopt};
  send(type, wire::make_payload(report));
}

void page_link::list() {
  // What the server says of earlier reports is about pages that were not there yet.
  sent_ids_.clear();
  reports_.start(steady_now());
  send("share.listed", wire::make_payload(list_of(plane_.book().all())));
}

void page_link::send(std::string_view type, wire::json_object payload) {
  wire::event e;
  e.type = type;
  e.id = crypto::new_id<event_tag>().str();
  e.to = "server";
  e.payload = std::move(payload);
  if (sent_ids_.size() >= sent_ids_max) sent_ids_.clear();
  sent_ids_.insert(e.id);
  link_.send(std::move(e));
}

}  // namespace mesh::app
