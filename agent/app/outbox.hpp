// What waits to be sent, is being sent and was sent lately, without I/O: which job is next, which failure is
// worth another try and when, what survives the end of the program.
#pragma once
#include "agent/share/transfer.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/wire/json.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

enum class job_state { queued, running, paused, done, failed };
BOOST_DESCRIBE_ENUM(job_state, queued, running, paused, done, failed)

// One file or folder that somebody wants sent. id: also its transfer_id on the wire, so that the receiver
// knows it again. room: empty unless one was named. before: bytes that the receiver had when the last attempt
// began. size, mtime: of the file when the first byte went; 0 before. sent: how far bytes were handed to a
// connection, resent: how many of them more than once. tries: attempts since one got anywhere. limit: bytes
// per second. no_ignore: what .meshignore files leave out goes too. text: a short text
// for a person. zip: a folder that goes as one zip. xattrs: extended attributes go along; xattrs_left: how
// many of them stayed behind. changes: how often the source changed while it was sent. cpu_seconds: of this
// program while it was sent. browser_key: for a browser, fingerprint of its key; the browser comes for the
// file itself. known_there: the receiver has it in its list. untold: it has failed here, and the receiver,
// who still expects it, has to be told.
struct outbox_job {
  std::string id;
  std::string path;
  std::string name;
  std::string device_id;
  std::string username;
  std::string room;
  job_state state = job_state::queued;
  bool begun = false;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::uint64_t before = 0;
  std::uint64_t sent = 0;
  std::uint64_t resent = 0;
  std::int64_t tries = 0;
  std::optional<std::uint64_t> limit;
  std::optional<bool> no_ignore;
  std::optional<bool> text;
  std::optional<bool> zip;
  std::optional<bool> xattrs;
  std::optional<std::uint64_t> xattrs_left;
  std::optional<std::int64_t> changes;
  std::optional<double> cpu_seconds;
  std::optional<std::string> browser_key;
  std::string added_at;
  std::optional<std::string> hash;
  std::optional<std::string> stored;
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::optional<share::tree_figures> folder;
  std::optional<bool> known_there;
  std::optional<bool> untold;
};
BOOST_DESCRIBE_STRUCT(outbox_job, (),
                      (id, path, name, device_id, username, room, state, begun, size, mtime, before, sent,
                       resent, tries, limit, no_ignore, text, zip, xattrs, xattrs_left, changes, cpu_seconds,
                       browser_key, added_at, hash, stored, code, message, folder, known_there, untold))

// True for what may be gone in a while: the peer, the server, the network. False for what a person must
// decide.
bool worth_another_try(const error& reason);

// One thread.
class outbox {
 public:
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
  // other. connected: its device is there, and what was put off with it is due.
  enum class stage { preparing, connecting, connected };
  void reach(const std::string& id, stage now);
  // It is offered, and the other side does not say yes by itself: it leaves its place to others meanwhile.
  void waits_for_person(const std::string& id, bool on);
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
  void succeed(const std::string& id, std::string hash, std::string_view stored);
  // Queued again for a later try, or failed for good. When the device could not be reached, all that waits
  // for it is put off with the same reason: the ids of those whose reason is new.
  std::vector<std::string> fail(const std::string& id, const error& reason, steady_time now);
  // A file that is untold and due: not before appeared() once more. Nullptr when there is none.
  const outbox_job* take_untold();
  void told(const std::string& id);
  // That device is there: what waits for it is due.
  void appeared(const std::string& device_id);

  // Of a person. Errors: not_found, conflict when the job's state does not allow it. pause and cancel say
  // whether it was running.
  result<bool> pause(const std::string& id);
  result<void> resume(const std::string& id);
  result<bool> cancel(const std::string& id);
  result<void> retry(const std::string& id);
  // Bytes per second from now on.
  result<void> limit(const std::string& id, std::optional<std::uint64_t> rate);
  // Before all others that wait.
  result<void> first(const std::string& id);

  bool waits_for(const std::string& device_id) const;  // a job, queued or running

  // More than limits::outbox_jobs_max of the longest paths need, every byte of them escaped.
  static constexpr std::size_t kept_bytes_max = 64UZ * 1024 * 1024;
  // What is kept when the program ends; running jobs come back as queued ones, and a job that is none of ours
  // costs itself only. Where all of it would be longer than bytes_max, what was left out of folders goes, and
  // the oldest of what has ended; never what waits. Errors of restore: bad_message.
  std::string serialise(std::size_t bytes_max = kept_bytes_max) const;
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
    bool agreed = false;   // in the attempt that runs
    bool put_off = false;  // its device could not be reached
    bool tell_due = true;  // where it is untold
  };
  entry* get(const std::string& id);
  result<entry*> known(const std::string& id);
  static void give_up(entry& e);
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
