// How the receiver of what has failed or was canceled here hears that it need not wait for it. On a
// connection the reset of its stream says it; a connection that died is noticed only after half a minute, so
// the receiver is asked for an answer. Otherwise, as the wire has no message for that, it is offered under
// its id once more and called off at once.
#include "agent/app/outbox_attempt.hpp"
#include "agent/app/session_request.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/ping.hpp"
#include "agent/share/file_sender.hpp"
#include "agent/share/file_source.hpp"
#include "core/wire/frame.hpp"
#include "core/wire/p2p_message.hpp"

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

io::task<bool> outbox_runner::is_answered(std::string session) {
  auto stream = plane_.sessions().open_ping(session);
  if (!stream) co_return false;
  io::condition changed(tasks_.get_executor());
  std::optional<bool> answered;
  p2p::ping_caller caller(std::move(*stream), steady_now, [&](const result<std::chrono::nanoseconds>& took) {
    if (!answered) answered = took.has_value();
    changed.notify();
  });
  caller.send();
  if (!answered) (void)co_await changed.wait_for(outbox::hearing_patience);
  co_return answered.value_or(false);
}

io::task<> outbox_runner::hear(std::uint64_t number) {
  const auto asked = questions_.at(number);
  if (co_await is_answered(asked.session)) {
    jobs_.told(asked.job);
    keep();
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
  const auto kind = job.folder ? wire::session_kind::folder : wire::session_kind::file;
  auto session = co_await request_session(account_, job.device_id, job.room, kind);
  if (!session) co_return false;
  const auto id = session->session_id;
  const bool connected = (co_await plane_.sessions().connect(std::move(*session))).has_value();
  const auto* still = jobs_.find(job.id);
  bool knows = false;
  if (connected && still != nullptr && still->untold)
    knows = job.folder ? co_await call_off_folder(job, id) : co_await call_off_file(job, id);
  close_session(plane_, link_, id, canceled_by_sender());
  co_return knows;
}

io::task<bool> outbox_runner::call_off_file(outbox_job job, std::string session) {
  const auto now = std::make_shared<attempt>(tasks_.get_executor());
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
      plane_.send(session, share::file_source::of(std::make_shared<no_content>(job), job.name), job.id,
                  std::move(watch), {.rate = {}, .text = job.text.value_or(false), .xattrs = false});
  if (!number) co_return false;
  if (now->waiting && !now->end) (void)co_await now->changed.wait_for(reading_patience);
  const bool knows = now->end ? has_heard(*now->end) : plane_.sessions().find(session).has_value();
  if (!now->end) plane_.stop(*number, canceled_by_sender());
  co_return knows;
}

// The folder itself is not needed: who has read what is offered waits for the list of what it holds.
io::task<bool> outbox_runner::call_off_folder(outbox_job job, std::string session) {
  auto offered = plane_.sessions().open(session, "folder");
  if (!offered) co_return false;
  wire::folder_meta meta;
  meta.transfer_id = job.id;
  meta.name = job.name;
  meta.origin = std::string(meta.origin_chars, '0');
  meta.size = job.size;
  const auto frame = std::make_shared<const bytes>(wire::json_frame(wire::render_p2p_message(meta)));
  offered->stream->write({frame, *frame});
  const bool answered = co_await is_answered(session);
  offered->stream->reset(p2p::close_code::of(canceled_by_sender()));
  co_return answered;
}

}  // namespace mesh::app
