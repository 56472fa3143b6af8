// Brings the files and folders of the outbox to their receivers: asks the server for sessions, connects,
// sends, tries again, and tells the transfer_book. What waits survives the end of the program when there is a
// folder to keep it in.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/app/outbox.hpp"
#include "agent/app/outbox_file.hpp"
#include "agent/os/private_dir.hpp"
#include "agent/server_link/account.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/condition.hpp"
#include "core/io/task_group.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace mesh::app {

// What somebody wants sent, and how. room: empty unless one was named. limit: bytes per second. no_ignore:
// what .meshignore files leave out goes too. text: the file holds a short text for a person.
struct send_wish {
  std::string path;
  std::string room = {};
  std::optional<std::uint64_t> limit = {};
  bool no_ignore = false;
  bool text = false;
  bool zip = false;     // a folder as one zip
  bool xattrs = false;  // extended attributes go along
};

// One thread.
class outbox_runner {
 public:
  // Longer than any machine needs to agree by itself: then a person is being asked there.
  static constexpr auto answer_patience = std::chrono::seconds(1);

  // kept: the state directory of a daemon, null for one that ends with its command.
  outbox_runner(server_link::account& account, server_link::server_link& link, data_plane& plane,
                io::task_group& tasks, const os::private_dir* kept);
  outbox_runner(const outbox_runner&) = delete;
  outbox_runner& operator=(const outbox_runner&) = delete;
  // Writes what the disk did not take before.
  ~outbox_runner();

  // Reads what was kept and goes on with it.
  void start();
  // The job's id: a new one, or that of an unfinished job for the same file and receiver, which then is due.
  // Errors: busy, file_unreadable, not_a_file for a folder that a browser should take.
  result<std::string> add(const send_wish& wish, const wire::device_info& to);
  const outbox_job* find(const std::string& id) const { return jobs_.find(id); }
  std::vector<const outbox_job*> all() const { return jobs_.all(); }  // in their order

  // pause, resume, cancel, retry or first. Errors: not_found, conflict, kind_unknown.
  result<void> control(const std::string& id, std::string_view action);
  // Bytes per second of one file, at once. Errors: not_found, conflict.
  result<void> limit(const std::string& id, std::optional<std::uint64_t> rate);
  // Returns when the receiver of what was canceled or has failed gave a sign that it knows, or is to be told
  // later (outbox_job::untold); within moments.
  io::task<> settled(std::string id);
  // A device came online (empty: the server is there again, and anybody may be).
  void appeared(const std::string& device_id);

 private:
  struct attempt;

  io::task<> run();
  io::task<> run_job(std::string id, std::shared_ptr<attempt> now);
  // A browser comes for what is offered to it.
  result<void> collect(const p2p::session_info& session, const std::string& id,
                       std::unique_ptr<p2p::byte_stream>& stream);
  io::task<result<void>> send(std::string id, std::shared_ptr<attempt> now);
  // Opens the source and offers it. The number of the transfer.
  io::task<result<std::uint64_t>> offer(outbox_job job, std::shared_ptr<attempt> now);
  io::task<result<std::string>> session_for(outbox_job job, std::shared_ptr<attempt> now);
  // Offers a file that will not come, only to call it off: so its receiver does not expect it any longer.
  // Then the next one: there may be many of them, and no hurry.
  io::task<> take_back(outbox_job job);
  io::task<bool> call_off(outbox_job job);
  io::task<bool> call_off_file(outbox_job job, std::string session);
  io::task<bool> call_off_folder(outbox_job job, std::string session);
  // The stream of a file that its receiver still expects was reset: whoever answers on that connection has
  // heard it.
  void ask_if_heard(const std::string& id, const attempt& ended);
  io::task<> hear(std::uint64_t number);
  // The other side of that session answers in time.
  io::task<bool> is_answered(std::string session);
  void stop(const std::string& id, const error& why);
  void spend(const std::string& session);
  void close(const std::string& session);
  void close_idle_sessions();
  transfer_watch watch_of(const std::string& id, const std::shared_ptr<attempt>& now);
  void show(const std::string& id, transfer_change change);
  void keep();
  // What was read from standard input goes with its job.
  void drop_spooled(const std::string& id);

  server_link::account& account_;
  server_link::server_link& link_;
  data_plane& plane_;
  io::task_group& tasks_;
  const os::private_dir* kept_;
  outbox_file file_;
  outbox jobs_;
  io::condition changed_;
  bool taking_back_ = false;
  struct question {
    std::string job;
    std::string session;
  };
  std::map<std::uint64_t, question> questions_;  // of ask_if_heard, until they are answered
  std::uint64_t last_question_ = 0;
  io::condition answered_;
  std::map<std::string, std::string> sessions_;  // device, room and kind -> open session
  std::set<std::string> spent_;                  // take no further file, carry others to their end
  std::map<std::string, error> ends_;  // session -> how its last attempt ended, where that was not well
  std::map<std::string, std::shared_ptr<attempt>> attempts_;  // of running jobs
};

}  // namespace mesh::app
