// What a person is told once something was stopped: what became of it, and how it goes on. Lines for a
// screen, each with its end.
#pragma once
#include "core/wire/json.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace mesh::app {

// answer: of the request transfer_control; id: as the person gave it, for an answer that names none.
std::string words_after(std::string_view action, const wire::json_object& answer, const std::string& id);

// A `send` to `device` that was called off; empty: nothing had begun. again: what it sent can be sent once
// more. told: what that device knows of it; it waited for it where nothing could be said yet, and had
// everything where only its last word was missing.
enum class told_there { at_once, later, waited, complete };
std::string words_of_stopped_send(const std::string& device, bool again,
                                  told_there told = told_there::at_once);

// A `get` that was called off. again: what came of it is kept.
std::string words_of_stopped_get(bool again);

// A `receive` that was left. daemon: one takes files as before. moves: something was on its way. lies: the
// folder in which what is on its way is put then, when it is not the one that was asked for.
struct left_receive {
  bool daemon = false;
  bool moves = false;
  std::filesystem::path lies = {};
};
std::string words_of_left_receive(const left_receive& how);

}  // namespace mesh::app
