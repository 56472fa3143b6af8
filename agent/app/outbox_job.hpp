// What somebody wants sent, and the text in which such jobs outlive the program.
#pragma once
#include "agent/share/transfer.hpp"
#include "core/base/error.hpp"
#include "core/wire/json.hpp"

#include <cstddef>
#include <cstdint>
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
// connection, resent: how many of them more than once. arrived: once it is done, of a folder that is not all
// of it. tries: attempts since one got anywhere. limit: bytes
// per second. no_ignore: what .meshignore files leave out goes too. text: a short text
// for a person. zip: a folder that goes as one zip, without left_out. xattrs: extended attributes go along;
// xattrs_left: how many of them stayed behind. changes: how often the source changed while it was sent.
// cpu_seconds: of this program while it was sent. browser_key: for a browser, fingerprint of its key; the
// browser comes for the file itself. known_there: the receiver has it in its list. untold: it has failed
// here, and the receiver, who still expects it, has to be told.
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
  std::optional<std::uint64_t> arrived;
  std::int64_t tries = 0;
  std::optional<std::uint64_t> limit;
  std::optional<bool> no_ignore;
  std::optional<bool> text;
  std::optional<bool> zip;
  std::optional<share::tree_figures> left_out;
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
                       resent, arrived, tries, limit, no_ignore, text, zip, left_out, xattrs, xattrs_left,
                       changes, cpu_seconds, browser_key, added_at, hash, stored, code, message, folder,
                       known_there, untold))

// done or failed: nothing more happens by itself.
bool has_ended(const outbox_job& job);

// More than limits::outbox_jobs_max of the longest paths need, every byte of them escaped.
inline constexpr std::size_t outbox_text_bytes_max = 64UZ * 1024 * 1024;

// Where all of it would be longer than bytes_max, what was left out of folders goes, and the oldest of what
// has ended; never what waits.
std::string outbox_text(std::vector<outbox_job> jobs, std::size_t bytes_max = outbox_text_bytes_max);

// unreadable: jobs that are none of ours, or come twice; each costs itself only.
struct outbox_read {
  std::vector<outbox_job> jobs;
  std::size_t unreadable = 0;
};
// Running jobs come back as queued ones. Errors: bad_message.
result<outbox_read> read_outbox(std::string_view text);

}  // namespace mesh::app
