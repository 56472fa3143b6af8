// Between this agent's transfers and the pages of its person, by way of the server: what happens is told
// while a page looks, and what a page wants is done.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/app/outbox_runner.hpp"
#include "agent/app/page_reports.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/condition.hpp"
#include "core/io/task_group.hpp"

#include <set>
#include <string>
#include <string_view>

namespace mesh::app {

// One thread. A transfer never waits for a page: what cannot be told in time is left out.
class page_link {
 public:
  page_link(server_link::server_link& link, data_plane& plane, outbox_runner& outbox, io::task_group& tasks);
  page_link(const page_link&) = delete;
  page_link& operator=(const page_link&) = delete;
  ~page_link();

  // share.control, and the server's word that nobody looks. False for every other event.
  bool take_event(const wire::event& e);
  // Pages ask again once the server is back.
  void went_offline();

 private:
  io::task<> run();
  void obey(const wire::share_control& wish);
  void tell(std::string_view type, const std::string& transfer_id, const error* refused = nullptr);
  void send(std::string_view type, wire::json_object payload);
  void list();

  server_link::server_link& link_;
  data_plane& plane_;
  outbox_runner& outbox_;
  page_reports reports_;
  std::set<std::string> sent_ids_;  // since somebody asked last
  io::condition changed_;
  int listening_ = 0;
};

}  // namespace mesh::app
