// How the receiver of a file that has failed or was canceled here hears that it need not wait for it. On a
// connection the reset of its stream says it; a connection that died is noticed only after half a minute, so
// the receiver is asked for an answer. Otherwise, as the wire has no message for that, the file is offered
// under its id once more and called off at once.
#include "agent/app/outbox_attempt.hpp"
#include "agent/app/session_request.hpp"
#include "agent/p2p/ping.hpp"
#include "agent/share/file_sender.hpp"
#include "agent/share/file_source.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto online_timeout = 15s;
// Of a person who wants to know what became of a cancel.
constexpr auto person_patience = 1500ms;
// For the other machine to read the offer: where it asks a person, nothing else says that it did.
constexpr auto reading_patience = 3s;

error canceled_by_sender() {
  return {errc::canceled, "canceled by the sender", {}};
}

// A receiver who is busy has not looked at the offer.
bool has_heard(const result<share::transfer_summary>& end) {
  if (end || end.error().code == errc::canceled) return true;
  return share::said_by_peer(end.error()) && !worth_another_try(end.error());
}

// The file itself may be gone.
class no_content final : public share::made_content {
 public:
  explicit no_content(const outbox_job& job) : size_(job.size), mtime_(job.mtime) {}
  std::uint64_t size() const noexcept override { return size_; }
  std::int64_t mtime() const noexcept override { return mtime_; }
  result<void> read(std::uint64_t, std::span<std::byte>) override {
    return std::unexpected(canceled_by_sender());
  }

 private:
  std::uint64_t size_;
  std::int64_t mtime_;
};

}  // namespace

void outbox_runner::ask_if_heard(const std::string& id, const attempt& ended) {
  const auto* job = jobs_.find(id);
  if (job == nullptr || !job->untold) return;
  questions_.emplace(++last_question_, question{id, ended.session});
  tasks_.spawn("hear", hear(last_question_));
}

io::task<> outbox_runner::hear(std::uint64_t number) {
  const auto asked = questions_.at(number);
  if (auto stream = plane_.sessions().open_ping(asked.session)) {
    io::condition changed(tasks_.get_executor());
    std::optional<bool> heard;
    p2p::ping_caller caller(std::move(*stream), steady_now,
                            [&](const result<std::chrono::nanoseconds>& took) {
                              if (!heard) heard = took.has_value();
                              changed.notify();
                            });
    caller.send();
    if (!heard) (void)co_await changed.wait_for(outbox::hearing_patience);
    if (heard.value_or(false)) {
      jobs_.told(asked.job);
      keep();
    }
  }
  questions_.erase(number);
  answered_.notify();
  close_idle_sessions();
}

io::task<> outbox_runner::settled(std::string id) {
  const auto until = steady_now() + person_patience;
  const auto is_asked = [&] {
    return std::ranges::any_of(questions_, [&](const auto& q) { return q.second.job == id; });
  };
  while (is_asked() && steady_now() < until) (void)co_await answered_.wait_for(until - steady_now());
}

io::task<> outbox_runner::take_back(outbox_job job) {
  while (true) {
    if (co_await call_off(job)) {
      jobs_.told(job.id);
      keep();
    }
    const auto* next = jobs_.take_untold(steady_now());
    if (next == nullptr) break;
    job = *next;
  }
  taking_back_ = false;
}

// True when the other side knows.
io::task<bool> outbox_runner::call_off(outbox_job job) {
  if (!co_await link_.wait_online(online_timeout)) co_return false;
  auto session = co_await request_session(account_, job.device_id, job.room, wire::session_kind::file);
  if (!session) co_return false;
  const auto session_id = session->session_id;
  const auto now = std::make_shared<attempt>(tasks_.get_executor());
  bool knows = false;
  if (co_await plane_.sessions().connect(std::move(*session))) {
    const auto* still = jobs_.find(job.id);
    if (still != nullptr && still->untold) {
      transfer_watch watch;
      watch.started = [now] {
        now->waiting = false;
        now->changed.notify();
      };
      watch.moved = [](const share::progress&) {};
      watch.ended = [now](const result<share::transfer_summary>& outcome) {
        now->end = outcome;
        now->changed.notify();
      };
      const auto number =
          plane_.send(session_id, share::file_source::of(std::make_shared<no_content>(job), job.name), job.id,
                      std::move(watch), {.rate = {}, .text = job.text.value_or(false), .xattrs = false});
      if (number) {
        if (now->waiting && !now->end) (void)co_await now->changed.wait_for(reading_patience);
        knows = now->end ? has_heard(*now->end) : plane_.sessions().find(session_id).has_value();
        if (!now->end) plane_.stop(*number, canceled_by_sender());
      }
    }
  }
  close_session(plane_, link_, session_id, canceled_by_sender());
  co_return knows;
}

}  // namespace mesh::app
