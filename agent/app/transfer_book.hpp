// What is being sent and received, what waits for an answer, and what was lately: the list behind
// `transfers`.
#pragma once
#include "agent/share/transfer.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/wire/json.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

enum class transfer_direction { in, out };
BOOST_DESCRIBE_ENUM(transfer_direction, in, out)
// queued: its sender tries again by itself. waiting: for an answer.
enum class transfer_state { queued, waiting, running, paused, done, failed };
BOOST_DESCRIBE_ENUM(transfer_state, queued, waiting, running, paused, done, failed)

// done, size: bytes, and done less than size also at the end of a folder that came incomplete; before: how
// many of them the receiver had already; resent: sent more than once. limit: of its own, in bytes per second.
// rate: bytes per second, now, and of all of it once it is done. stored: where a received file lies, or the
// name it got at the receiver. xattrs_left: extended attributes that were to be sent and stayed behind.
// cpu_seconds: of this program while it moved, whatever else it did meanwhile. hash: BLAKE3, once verified.
// folder: absent for a file. left_out: what a folder that went as one zip
// went without. text: the beginning of a short text that came, which is kept here and not on the
// disk; empty for one that is sent.
struct transfer_record {
  std::string transfer_id;
  transfer_direction direction = transfer_direction::in;
  transfer_state state = transfer_state::running;
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t done = 0;
  std::uint64_t before = 0;
  std::uint64_t resent = 0;
  std::optional<std::uint64_t> limit;
  std::string session_id;
  std::string device_id;
  std::string username;
  std::string started_at;
  double seconds = 0;
  double rate = 0;
  std::optional<std::int64_t> eta_seconds;
  std::optional<std::string> hash;
  std::optional<std::string> stored;
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::optional<share::tree_figures> folder;
  std::optional<share::tree_figures> left_out;
  std::optional<std::uint64_t> xattrs_left;
  std::optional<double> cpu_seconds;
  std::optional<std::string> text;
};
BOOST_DESCRIBE_STRUCT(transfer_record, (),
                      (transfer_id, direction, state, name, size, done, before, resent, limit, session_id,
                       device_id, username, started_at, seconds, rate, eta_seconds, hash, stored, code,
                       message, folder, left_out, xattrs_left, cpu_seconds, text))

// The one with that id, or the only one whose id begins with these four or more characters. Errors:
// not_found; conflict when there are several.
result<const transfer_record*> record_named(const std::vector<const transfer_record*>& records,
                                            std::string_view id);

// Keeps the first of transfer_book::notes_bytes: the other side may make them long, and how many there are is
// counted apart.
void bound_notes(std::optional<share::tree_figures>& folder);

// True when nothing of it will follow.
bool has_ended(const transfer_record& record);

// True for what comes in and was cut or paused: whether it goes on is up to its sender.
bool interrupted(const transfer_record& record);

// What listeners are told; the record is as it stands after the change. queued: paused and interrupted too.
enum class transfer_change { queued, offered, started, progressed, ended };

// One thread. A listener must not add or remove records from inside its call.
class transfer_book {
 public:
  // Of those that came and of those that went, each.
  static constexpr std::size_t ended_max = limits::outbox_history_max;
  // Of a text in its record, which has to fit a message though each byte may take six.
  static constexpr std::size_t text_preview_bytes = 8UZ * 1024;
  // Of what is told about single entries of a folder: all of them have to fit a message, too.
  static constexpr std::size_t notes_bytes = 4UZ * 1024;

  // Adds one; ids are unique. now: steady time, for the seconds.
  void add(transfer_record record, steady_time now);
  // What the outbox says of one: adds it or replaces what was said before. Listeners are told `change`.
  void put(transfer_record record, transfer_change change, steady_time now);
  // One of an earlier run of the program; nobody is told.
  void bring_back(transfer_record record);
  // One that comes once more begins anew in its record, which keeps its place and the time since when it is
  // known.
  void again(transfer_record record, steady_time now);
  void start(const std::string& id, steady_time now);
  void progress(const std::string& id, std::uint64_t done, double rate,
                std::optional<std::int64_t> eta_seconds, steady_time now);
  // How many bytes the receiver had already; nobody is told before the next change.
  void set_before(const std::string& id, std::uint64_t before);
  // Of a folder that is in the list; nobody is told before the next change.
  void set_folder(const std::string& id, share::tree_figures folder);
  void set_cpu(const std::string& id, double seconds);
  // Of a short text that came: the record holds its beginning.
  void set_text(const std::string& id, std::string text);
  // The whole of it; only of the limits::snippets_kept_max newest. Errors: not_found.
  result<std::string> text_of(const std::string& id) const;
  // Ended well: hash of the whole file, where it lies (receiving) or the name it got (sending). arrived:
  // bytes of a folder, of which files may have been left out; absent: all of it.
  void succeed(const std::string& id, std::string hash, std::string stored, steady_time now,
               std::optional<std::uint64_t> arrived = {});
  void fail(const std::string& id, const error& reason, steady_time now);
  // An attempt of the sender ended, who goes on by himself (queued, with the reason) or when he likes
  // (paused).
  void interrupt(const std::string& id, transfer_state state, const error& reason, steady_time now);
  // Of its own, in bytes per second.
  void limit(const std::string& id, std::optional<std::uint64_t> rate);

  const transfer_record* find(const std::string& id) const;
  std::vector<const transfer_record*> all() const;  // the newest last
  std::size_t count(transfer_state state) const;

  using listener = std::function<void(transfer_change, const transfer_record&)>;
  // Returns a number for unlisten().
  int listen(listener call);
  void unlisten(int number);

 private:
  struct entry {
    transfer_record record;
    steady_time began;
  };
  entry* get(const std::string& id);
  void end(entry& e, steady_time now);
  void tell(transfer_change change, const transfer_record& record);
  void forget_old();
  void forget_old(transfer_direction way);

  std::deque<entry> entries_;
  std::deque<std::pair<std::string, std::string>> texts_;
  std::vector<std::pair<int, listener>> listeners_;
  int next_listener_ = 1;
};

}  // namespace mesh::app
