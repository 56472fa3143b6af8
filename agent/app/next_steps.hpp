// What a person is told once something was stopped: what became of it, and how it goes on. Lines for a
// screen, each with its end.
#pragma once
#include "core/wire/json.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mesh::app {

// answer: of the request transfer_control; id: as the person gave it, for an answer that names none.
std::string words_after(std::string_view action, const wire::json_object& answer, const std::string& id);

// What the other machine knows of a file that was called off here.
enum class told_there {
  unreached,  // nothing of it: it was still being connected to
  waited,     // it waited for that machine, to which nothing could be said yet
  at_once,    // that it is called off
  later,      // that it is expected; the daemon says otherwise as soon as it can
  never,      // the same, and nobody is left here to say otherwise
  complete,   // all of it; only its last word was missing
};
// Of what one `send` had still under way: the name of each file, and what is known of it there.
using stopped_files = std::vector<std::pair<std::string, told_there>>;
// A `send` to `device` that was called off; empty: nothing had begun. again: what it sent can be sent once
// more. Several files end in one line, but for those that the device may keep: they are named.
std::string words_of_stopped_send(const std::string& device, bool again, const stopped_files& files = {});

// A `get` that was called off. again: what came of it is kept.
std::string words_of_stopped_get(bool again);
// The same by somebody at `device`, as the person called it.
std::string words_of_get_stopped_there(const std::string& device);

// A `receive` that was left. daemon: one takes files as before. moves: something was on its way. lies: the
// folder in which what is on its way is put then, when it is not the one that was asked for.
struct left_receive {
  bool daemon = false;
  bool moves = false;
  std::filesystem::path lies = {};
};
std::string words_of_left_receive(const left_receive& how);

}  // namespace mesh::app
