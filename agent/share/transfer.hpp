// One file or folder on its way, as the rest of the program sees it: who, what, how far, how it ended.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/id.hpp"
#include "core/wire/json.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mesh::share {

enum class direction { sending, receiving };

// Who stands at the other end, as the handshake proved it.
struct peer_identity {
  mesh::user_id user;
  mesh::device_id device;
};

// An entry of a folder that did not come as it is: left out, or under another name. code: the word of an errc
// (file_exists: another name, which detail then is).
struct tree_note {
  std::string code;
  std::string path;
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(tree_note, (), (code, path, detail))

inline constexpr std::size_t tree_notes_max = 100;

// What there is to say of a folder beside its bytes. current: path of the file that moves now. kept: files
// that the receiver had already. omitted: entries left out. ignored: what .meshignore files leave out beside
// those; absent when nothing. incomplete: files are among the omitted that somebody may miss. notes: the
// first of tree_notes_max of both kinds.
struct tree_figures {
  std::uint64_t files = 0;
  std::uint64_t files_done = 0;
  std::uint64_t kept = 0;
  std::uint64_t omitted = 0;
  std::uint64_t renamed = 0;
  bool incomplete = false;
  std::optional<std::uint64_t> ignored = {};
  std::vector<tree_note> notes = {};
  std::optional<std::string> current = {};

  // Of the first tree_notes_max.
  void note(errc code, std::string path, std::string detail);
};
BOOST_DESCRIBE_STRUCT(tree_figures, (),
                      (files, files_done, kept, omitted, renamed, incomplete, ignored, notes, current))

inline void tree_figures::note(errc code, std::string path, std::string detail) {
  if (notes.size() < tree_notes_max)
    notes.push_back({std::string(word(code)), std::move(path), std::move(detail)});
}

// number: given by this process, unique in it. transfer_id: given by the sender, who may repeat or forge it.
// name: one harmless component (safe_name), still to be escaped before it is printed. text: a short text for
// a person, which is shown instead of stored.
struct transfer_info {
  std::uint64_t number = 0;
  std::string transfer_id;
  direction way = direction::sending;
  mesh::session_id session;
  peer_identity peer;
  std::string name;
  std::uint64_t size = 0;
  std::optional<std::uint64_t> files;  // of a folder
  bool text = false;
};

// done: bytes the peer acknowledged (sending) or bytes written (receiving). rate: bytes per second, smoothed.
// eta: absent until a rate is known. path: the file read or the `.part` written; empty for a stream. before:
// bytes of `done` that were at the receiver already. sent: how far the sender has handed bytes to the
// connection.
struct progress {
  transfer_info info;
  std::uint64_t done = 0;
  std::uint64_t before = 0;
  std::uint64_t sent = 0;
  bool agreed = true;  // `before` is known: nothing is compared any more
  wall_time started{};
  double rate = 0;
  std::optional<std::chrono::seconds> eta;
  std::string path;
  std::uint64_t files_done = 0;             // of a folder
  std::optional<std::string> current = {};  // path in it of the file that moves now
};

// hash: 64 hex digits of BLAKE3, equal on both sides (of a folder: as in FOLDER_DONE). name: under which the
// receiver keeps the file. path: where it lies here. before: bytes that the receiver had already. rate: bytes
// per second over the whole duration, without those. xattrs_left: extended attributes that were to be sent
// and stayed behind: of the sender's, too many or too long; all of them where the receiver has no place for
// any.
struct transfer_summary {
  transfer_info info;
  std::string name;
  std::string path;
  std::uint64_t before = 0;
  std::chrono::nanoseconds duration{};
  double rate = 0;
  std::string hash;
  std::optional<tree_figures> tree = {};  // of a folder
  std::uint64_t xattrs_left = 0;
};

// What the owner of the transfers is told, on the network thread. Calling back into transfer_table is fine.
class transfer_observer {
 public:
  virtual ~transfer_observer() = default;
  // Somebody else's file waits for a person: transfer_table::answer(info.number, …) before the deadline,
  // after which it counts as refused.
  virtual void on_question(const transfer_info& info, wall_time deadline) = 0;
  // Both sides agreed; bytes follow.
  virtual void on_started(const transfer_info& info) = 0;
  // At most every 100 ms for each transfer, once when the last byte is done, and once before a failure is
  // told.
  virtual void on_progress(const progress& now) = 0;
  // The outcome; only on_told follows.
  virtual void on_finished(const transfer_info& info, const result<transfer_summary>& outcome) = 0;
  // The other side knows how the transfer ended here. Never called when the connection dies before.
  virtual void on_told(const transfer_info& /*info*/) {}
};

// What may block for seconds. syncing: brings bytes to the disk, which limits::checkpoint_interval bounds.
// reading: lists, reads once more, copies or moves what is there, for as long as that takes.
enum class disk_work : std::uint8_t { syncing, reading };

// What transfers need from the thread they live on.
struct runtime {
  std::function<steady_time()> now;
  // Runs work later on the network thread, never inside the call.
  std::function<void(std::move_only_function<void()>)> post;
  // Runs job on a worker thread, then `then` on the network thread, also when job threw. What syncs never
  // waits for what reads.
  std::function<void(disk_work kind, std::move_only_function<void()> job,
                     std::move_only_function<void()> then)>
      offload;
};

}  // namespace mesh::share
