// Where what a daemon received goes on to when the daemon itself may not put it there: into another folder
// than those it may write into, or onto our standard output.
#pragma once
#include "agent/app/commands.hpp"
#include "agent/os/fd.hpp"
#include "agent/share/collision.hpp"
#include "agent/share/stoppable_output.hpp"

#include <filesystem>
#include <memory>
#include <string_view>

namespace mesh::app {

struct staging {
  std::filesystem::path folder;  // where the daemon puts it; empty: nothing goes on
  std::filesystem::path output;  // where it belongs; empty: standard output
  share::collision policy = share::collision::rename;
  std::shared_ptr<share::stoppable_output> out = {};  // of standard output
  std::shared_ptr<const os::unique_fd> held = {};  // of the folder: no other command takes it for a left one

  // A private folder of ours, named after the command that wants it. key: the same one each time that the
  // same thing is asked for, so that what came of it before is found there; empty: a new one. Errors:
  // write_failed.
  static result<staging> make(const context& c, const std::filesystem::path& output, std::string_view command,
                              std::string_view key);
  // payload: of the event "received"; tells then where the file lies. Errors: write_failed, and those of
  // move_into(); canceled after stop() of out.
  result<void> forward(wire::json_object& payload) const;
  // What came whole before and was not passed on, for the command was killed or the disk was full; says what
  // it passes on and what stays.
  void bring_along(bool json) const;
  // What cannot be passed on: a line with its end.
  std::string words_of_kept(std::string_view name, const error& why) const;
  // Nothing else that came whole: it is fetched anew each time. Nothing goes while another command uses the
  // folder, as with all that follow.
  void keep_only(const std::filesystem::path& newest) const;
  void remove() const;
  // The same of what has not come whole.
  void remove_begun() const;
  // The same unless what the daemon has not finished, or what could not be passed on, lies there.
  void remove_if_empty() const;

 private:
  bool is_ours_alone() const;
  void share_again() const;
};

}  // namespace mesh::app
