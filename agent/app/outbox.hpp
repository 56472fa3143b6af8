// What waits to be sent, is being sent and was sent lately, without I/O: which job is next, which failure is
// worth another try and when, what survives the end of the program.
#pragma once
#include "agent/app/outbox_job.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

// True for what may be gone in a while: the peer, the server, the network. False for what a person must
// decide.
bool worth_another_try(const error& reason);

// One thread.
class outbox {
 public:
  // For a receiver to show that the reset of a stream came to it.
  static constexpr auto hearing_patience = std::chrono::seconds(5);

  // Errors: busy when limits::outbox_jobs_max wait already.
  result<void> add(outbox_job job);
  const outbox_job* find(const std::string& id) const;
  std::vector<const outbox_job*> all() const;  // in their order

  // The job to start now, in order, at most limits::outbox_running_max at once beside those that wait for a
  // person; it is running then. Only one at a time reaches out for the same device, and devices that could
  // not be reached come behind all others. Nullptr when none is due.
  const outbox_job* take(steady_time now);
  // A browser comes for what is offered to it: the job is running then, also when an earlier attempt was not
  // given up yet. Errors: get_refused, the same for every reason.
  result<const outbox_job*> collect(const std::string& id, std::string_view device_id,
                                    std::string_view key_sha256);
  // When to call take() again although nothing changed: later than now.
  std::optional<steady_time> next_due(steady_time now) const;

  // How far a running job is on its way. preparing: its source is read, which may take long and holds up no
  // other. connected: its device is there, and what was put off with it is due; it is offered now, so that
  // its receiver may have it in its list.
  enum class stage { preparing, connecting, connected };
  void reach(const std::string& id, stage now);
  // It is offered, and the other side does not say yes by itself: it leaves its place to others meanwhile.
  void waits_for_person(const std::string& id);
  // The receiver said yes; how much of it is there already may still be compared.
  void accepted(const std::string& id);
  // size, mtime: of the source, now. When bytes of another version went already, the receiver keeps of them
  // what is still the same. Errors: not_found.
  result<void> begin(const std::string& id, std::uint64_t size, std::int64_t mtime);
  // The receiver has the first `from` bytes: what was sent beyond goes once more.
  void agreed(const std::string& id, std::uint64_t from);
  void moved(const std::string& id, std::uint64_t sent);
  // Of a folder, from its next attempt on.
  void overlook_ignore_files(const std::string& id, bool on);
  // From its next attempt on.
  void send_xattrs(const std::string& id, bool on);
  void leave_xattrs(const std::string& id, std::uint64_t count);
  void used_cpu(const std::string& id, double seconds);
  void set_folder(const std::string& id, share::tree_figures folder);
  // What a folder that goes as one zip goes without.
  void leave_out(const std::string& id, share::tree_figures left_out);
  // Of a folder whose sending succeeds: bytes of the files that came.
  void arrived(const std::string& id, std::uint64_t bytes);
  void succeed(const std::string& id, std::string hash, std::string_view stored);
  // Queued again for a later try, or failed for good. When the device could not be reached, all that waits
  // for it is put off with the same reason: the ids of those whose reason is new.
  std::vector<std::string> fail(const std::string& id, const error& reason, steady_time now);
  // A job that is untold and due: at once where there was no connection, after hearing_patience where its
  // stream was reset; again only after appeared(), or a while. Nullptr when there is none.
  const outbox_job* take_untold(steady_time now);
  void told(const std::string& id);
  // That device is there: what waits for it is due.
  void appeared(const std::string& device_id);

  // Of a person. Errors: not_found, conflict when the job's state does not allow it. pause and cancel say
  // whether it was running.
  result<bool> pause(const std::string& id);
  result<void> resume(const std::string& id);
  // Where the receiver has it in its list, it is untold until told().
  result<bool> cancel(const std::string& id, steady_time now);
  result<void> retry(const std::string& id);
  // Bytes per second from now on.
  result<void> limit(const std::string& id, std::optional<std::uint64_t> rate);
  // Before all others that wait.
  result<void> first(const std::string& id);

  bool waits_for(const std::string& device_id) const;  // a job, queued or running

  // What is kept when the program ends; see outbox_job.hpp. Errors of restore: bad_message.
  std::string serialise(std::size_t bytes_max = outbox_text_bytes_max) const;
  static result<outbox> restore(std::string_view text);
  // Jobs that restore() left out.
  std::size_t unreadable() const { return unreadable_; }

 private:
  static constexpr std::ptrdiff_t asking_max = 32;
  static constexpr int preparing_max = 2;  // for one device: one of the places is left to others

  struct entry {
    outbox_job job;
    steady_time due{};
    bool waits_for_person = false;
    stage at = stage::connecting;
    bool agreed = false;    // in the attempt that runs
    bool put_off = false;   // its device could not be reached
    steady_time tell_at{};  // where it is untold
  };
  entry* get(const std::string& id);
  result<entry*> known(const std::string& id);
  static void give_up(entry& e, bool was_running, steady_time now);
  void forget_old();
  std::vector<std::string> put_off(entry& failed, steady_time now);
  // Of the attempts that run, and of what waits.
  struct device_state {
    int connecting = 0;
    int preparing = 0;
    bool put_off = false;
  };
  std::map<std::string_view, device_state> devices_now() const;

  std::vector<entry> entries_;
  std::size_t unreadable_ = 0;
};

}  // namespace mesh::app
