// A `send` that its person calls off: what the daemon is told, and what the other machine knows of each file.
#pragma once
#include "agent/app/asker.hpp"
#include "agent/app/next_steps.hpp"
#include "core/wire/json.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mesh::app {

// Of a string in an event; empty when there is none.
std::string text_in(const wire::json_object& payload, std::string_view key);

// Calls off what a daemon was asked to send: each file that it has queued, or the whole request before.
class call_off {
 public:
  explicit call_off(asker& agent) : agent_(agent) {}
  // The daemon has queued it under that id.
  void add(std::string id) {
    const std::scoped_lock lock(guard_);
    if (left_) return late_.push_back(std::move(id));
    if (called_) cancel(id);
    queued_.push_back(std::move(id));
  }
  // From any thread.
  void now() {
    const std::scoped_lock lock(guard_);
    called_ = true;
    left_ = queued_.empty();
    if (left_) return agent_.leave();
    for (const auto& id : queued_) cancel(id);
  }
  // What was queued before the daemon noticed that we had left.
  std::vector<std::string> late() {
    const std::scoped_lock lock(guard_);
    return late_;
  }

 private:
  void cancel(const std::string& id) {
    agent_.tell("transfer_control", {{"transfer_id", id}, {"action", "cancel"}});
  }

  asker& agent_;
  std::mutex guard_;
  bool called_ = false;
  bool left_ = false;
  std::vector<std::string> queued_;
  std::vector<std::string> late_;
};

// id of a transfer -> its name, and what is known of it there.
using files_under_way = std::map<std::string, std::pair<std::string, told_there>>;

// What an event of `send` says about what the other machine knows of that file.
void follow_told(files_under_way& files, std::string_view type, const std::string& id,
                 const wire::json_object& payload, bool daemon);
stopped_files stopped_of(const files_under_way& files);

}  // namespace mesh::app
