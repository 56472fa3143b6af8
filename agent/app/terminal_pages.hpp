// Between the terminals that this agent shares and the pages of its person, by way of the server: who looks
// and who asks is told while a page is open, and what a page wants is done.
#pragma once
#include "agent/control/message.hpp"
#include "core/io/task_group.hpp"
#include "core/wire/event.hpp"
#include "core/wire/json.hpp"
#include "core/wire/terminal_manage.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace mesh::app {

// One thread.
class terminal_pages {
 public:
  // send: to the server. list, changed and control: of the terminals that are shared here.
  struct calls {
    std::function<bool(wire::event)> send;
    std::function<wire::json_value()> list;
    std::function<io::task<>()> changed;
    std::function<void(const control::request&, const std::shared_ptr<control::reply>&)> control;
  };
  terminal_pages(calls wanted, io::task_group& tasks);
  terminal_pages(const terminal_pages&) = delete;
  terminal_pages& operator=(const terminal_pages&) = delete;
  ~terminal_pages();

  // terminal.manage, and the server's word that no page is open. False for every other event.
  bool take_event(const wire::event& e);
  // Pages ask again once the server is back.
  void went_offline();

 private:
  class answer;

  io::task<> watch();
  void obey(const wire::terminal_manage& wish);
  void tell(std::optional<std::string> refused = std::nullopt);
  wire::json_object now() const;

  calls calls_;
  io::task_group& tasks_;
  std::set<std::string> sent_ids_;  // since a page asked last
  wire::json_object told_;
  bool wanted_ = false;
  bool watching_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace mesh::app
