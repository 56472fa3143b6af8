// How the receiver of a file that has failed or was canceled here hears that it need not wait for it: the
// wire has no message for that, so the file is offered under its id once more and called off at once.
#include "agent/app/outbox_attempt.hpp"
#include "agent/app/session_request.hpp"
#include "agent/share/file_sender.hpp"
#include "agent/share/file_source.hpp"

#include <memory>
#include <span>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto online_timeout = 15s;
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
