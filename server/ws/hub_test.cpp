#include "server/ws/hub.hpp"

#include "server/ws/message_budget.hpp"
#include "server/ws/router.hpp"

#include <gtest/gtest.h>

namespace mesh::ws {
namespace {

struct recorded_link : link {
  bool send(std::string text) override {
    if (full) return false;
    sent.push_back(wire::parse_event(text).value());
    return true;
  }
  void close(close_code code, std::string_view why) override {
    closed = code;
    reason = why;
  }
  std::vector<wire::event> sent;
  std::optional<close_code> closed;
  std::string reason;
  bool full = false;
};

class hub_with_people : public testing::Test {
 public:
  static identity person(std::string name, std::optional<std::string> device = std::nullopt,
                         std::string kind = "browser") {
    models::caller caller;
    caller.user = user_id("usr_" + name);
    caller.username = name;
    caller.login = login_id("log_" + name + device.value_or(""));
    if (device) caller.device = device_id(*device);
    return {std::move(caller), std::move(kind), "192.0.2.7"};
  }
  static models::outgoing to_users(std::vector<std::string> names, std::vector<std::int64_t> seqs = {}) {
    models::outgoing out;
    out.event.type = "room.updated";
    for (auto& name : names) out.users.emplace_back("usr_" + name);
    out.seqs = std::move(seqs);
    return out;
  }
  connection_id add(const identity& who, link& out, announced what = {}) {
    const auto id = hub_.hold(who, out);
    fresh_ = hub_.admit(id, who, std::move(what), {}, 0);
    return id;
  }

  wall_time now_ = from_unix_seconds(1'000);
  int ids_ = 0;
  bool fresh_ = false;
  hub hub_{[this] { return now_; }, [this] { return event_id("evt_" + std::to_string(++ids_)); }};
  recorded_link ana_page_, ana_agent_, ben_page_;
};

TEST_F(hub_with_people, gives_each_person_their_own_position_in_the_log) {
  add(person("ana"), ana_page_);
  add(person("ana", "ana-pc", "agent"), ana_agent_);
  add(person("ben"), ben_page_);
  hub_.deliver(to_users({"ana", "ben"}, {7, 3}));
  ASSERT_EQ(ana_page_.sent.size(), 1U);
  EXPECT_EQ(ana_page_.sent[0].seq, 7);
  EXPECT_EQ(ana_agent_.sent.at(0).seq, 7);
  EXPECT_EQ(ben_page_.sent.at(0).seq, 3);
  EXPECT_EQ(ana_page_.sent[0].id, ben_page_.sent[0].id);
  EXPECT_EQ(ana_page_.sent[0].from, "server");
  EXPECT_EQ(ana_page_.sent[0].to, "user:usr_ana");
  EXPECT_EQ(ana_page_.sent[0].timestamp, "1970-01-01T00:16:40.000Z");
}

TEST_F(hub_with_people, keeps_one_status_for_all_windows_of_a_browser) {
  const auto status = [&] { return hub_.presence()->find(device_id("ana-tab"))->status; };
  auto who = person("ana", "ana-tab");
  who.status = "dnd";
  add(who, ana_page_);
  EXPECT_EQ(status(), "dnd");
  add(person("ana", "ana-tab"), ana_agent_);  // a second window, which says nothing of its own
  EXPECT_EQ(status(), "dnd");
  hub_.set_status(user_id("usr_ana"), device_id("ana-tab"), "away");
  EXPECT_EQ(status(), "away");
  hub_.set_status(user_id("usr_ben"), device_id("ana-tab"), "online");  // not their device
  EXPECT_EQ(status(), "away");
}

TEST_F(hub_with_people, terminals_go_with_the_connection_that_announced_them) {
  const auto names = [&] {
    std::string all;
    if (const auto* device = hub_.presence()->find(device_id("ana-pc")))
      for (const auto& one : device->terminals) all += one.name + std::to_string(one.cols) + " ";
    return all;
  };
  const auto first = add(person("ana", "ana-pc", "agent"), ana_agent_);
  hub_.set_terminal(device_id("ana-pc"), {"build", 80, 24, {}});
  hub_.set_terminal(device_id("ana-pc"), {"logs", 80, 24, {}});
  hub_.set_terminal(device_id("ana-pc"), {"build", 120, 24, {}});
  EXPECT_EQ(names(), "logs80 build120 ");
  // The machine connected anew, and shares one of them still.
  recorded_link anew;
  const auto second = add(person("ana", "ana-pc", "agent"), anew);
  EXPECT_EQ(names(), "");
  hub_.set_terminal(device_id("ana-pc"), {"logs", 80, 24, {}});
  const auto gone = hub_.remove(first);
  ASSERT_EQ(gone->terminals.size(), 1U);
  EXPECT_EQ(gone->terminals[0].name, "build");
  hub_.set_terminal(device_id("ana-pc"), {"logs", 80, 24, {}, true});
  EXPECT_EQ(names(), "");
  EXPECT_TRUE(hub_.remove(second)->terminals.empty());
}

TEST_F(hub_with_people, delivers_to_a_device_and_skips_the_one_excepted) {
  add(person("ana"), ana_page_);
  add(person("ana", "ana-pc", "agent"), ana_agent_);
  auto out = to_users({});
  out.devices = {device_id("ana-pc")};
  hub_.deliver(out);
  EXPECT_TRUE(ana_page_.sent.empty());
  EXPECT_EQ(ana_agent_.sent.size(), 1U);
  out = to_users({"ana"});
  out.except = device_id("ana-pc");
  hub_.deliver(out);
  EXPECT_EQ(ana_page_.sent.size(), 1U);
  EXPECT_EQ(ana_agent_.sent.size(), 1U);
}

TEST_F(hub_with_people, delivers_to_the_pages_of_a_person_alone) {
  add(person("ana"), ana_page_);
  add(person("ana", "ana-pc", "agent"), ana_agent_);
  add(person("ben"), ben_page_);
  auto out = to_users({"ana"});
  out.to_agents = false;
  hub_.deliver(out);
  EXPECT_EQ(ana_page_.sent.size(), 1U);
  EXPECT_TRUE(ana_agent_.sent.empty());
  EXPECT_TRUE(ben_page_.sent.empty());
}

TEST_F(hub_with_people, loses_and_repeats_nothing_around_a_greeting) {
  const auto who = person("ana");
  const auto id = hub_.hold(who, ana_page_);
  hub_.deliver(to_users({"ana"}, {4}));  // in the log when the greeting read it, delivered late
  hub_.deliver(to_users({"ana"}, {5}));  // committed after the greeting read the log
  EXPECT_TRUE(ana_page_.sent.empty());
  EXPECT_TRUE(hub_.presence()->users.empty());
  wire::event welcome;
  welcome.type = "system.welcome";
  wire::event missed;
  missed.type = "room.deleted";
  missed.seq = 4;
  hub_.admit(id, who, {}, {welcome, missed}, 4);
  ASSERT_EQ(ana_page_.sent.size(), 3U);
  EXPECT_EQ(ana_page_.sent[0].type, "system.welcome");
  EXPECT_EQ(ana_page_.sent[1].seq, 4);
  EXPECT_EQ(ana_page_.sent[2].seq, 5);
}

TEST_F(hub_with_people, ends_a_connection_that_is_still_being_greeted) {
  hub_.hold(person("ana"), ana_page_);
  hub_.disconnect({.login = login_id("log_ana"), .reason = "unauthorized"});
  EXPECT_EQ(ana_page_.closed, close_code::policy);
  EXPECT_EQ(ana_page_.sent.back().type, "system.error");
}

TEST_F(hub_with_people, keeps_a_bounded_number_of_events_for_a_connection_being_greeted) {
  hub_.hold(person("ana"), ana_page_);
  for (int i = 0; i < 300; ++i) hub_.deliver(to_users({"ana"}));
  EXPECT_EQ(ana_page_.closed, close_code::policy);
}

TEST_F(hub_with_people, cuts_a_slow_consumer_and_forgets_it_for_presence) {
  ana_page_.full = true;
  add(person("ana"), ana_page_);
  EXPECT_TRUE(hub_.presence()->online(user_id("usr_ana")));
  hub_.deliver(to_users({"ana"}));
  EXPECT_EQ(ana_page_.closed, close_code::policy);
  EXPECT_FALSE(hub_.presence()->online(user_id("usr_ana")));
}

TEST_F(hub_with_people, replaces_an_agents_older_connection) {
  recorded_link again;
  const auto old = add(person("ana", "ana-pc", "agent"), ana_agent_, {1, {}, 0});
  add(person("ana", "ana-pc", "agent"), again, {2, {}, 0});
  EXPECT_EQ(ana_agent_.closed, close_code::policy);
  EXPECT_EQ(ana_agent_.sent.back().payload.at("code").as_string(), "conflict");
  EXPECT_FALSE(again.closed);
  EXPECT_EQ(hub_.presence()->find(device_id("ana-pc"))->quic_port, 2);
  const auto gone = hub_.remove(old);
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->last);
  EXPECT_TRUE(hub_.online(device_id("ana-pc")));
}

TEST_F(hub_with_people, lets_two_tabs_of_one_browser_coexist) {
  recorded_link second;
  add(person("ana", "ana-browser"), ana_page_);
  EXPECT_TRUE(fresh_);
  const auto tab = add(person("ana", "ana-browser"), second);
  EXPECT_FALSE(fresh_);
  EXPECT_FALSE(ana_page_.closed);
  EXPECT_EQ(hub_.presence()->devices.size(), 1U);
  EXPECT_FALSE(hub_.remove(tab)->last);
}

TEST_F(hub_with_people, ends_the_connections_of_one_sign_in_or_device_only) {
  add(person("ana"), ana_page_);
  add(person("ana", "ana-pc", "agent"), ana_agent_);
  EXPECT_EQ(hub_.logins().size(), 2U);
  hub_.disconnect({.device = device_id("ana-pc"), .reason = "device_revoked"});
  EXPECT_EQ(ana_agent_.closed, close_code::policy);
  EXPECT_EQ(ana_agent_.reason, "device_revoked");
  EXPECT_FALSE(ana_page_.closed);
  EXPECT_EQ(hub_.logins().size(), 1U);
  hub_.disconnect({.login = login_id("log_ana"), .reason = "unauthorized"});
  EXPECT_TRUE(ana_page_.closed);
}

TEST_F(hub_with_people, never_disconnects_everybody_by_an_empty_wish) {
  add(person("ana"), ana_page_);
  hub_.disconnect({.reason = "unauthorized"});
  EXPECT_FALSE(ana_page_.closed);
}

TEST_F(hub_with_people, accepts_an_acknowledgement_from_the_right_device_only) {
  std::optional<bool> got;
  hub_.expect_ack("evt_x", device_id("ben-pc"), [&](bool ok) { got = ok; });
  hub_.acknowledge(device_id("ana-pc"), "evt_x");
  EXPECT_FALSE(got);
  hub_.acknowledge(device_id("ben-pc"), "evt_x");
  EXPECT_EQ(got, true);
  hub_.expect_ack("evt_y", device_id("ben-pc"), [&](bool ok) { got = ok; });
  hub_.cancel_ack("evt_y");
  EXPECT_EQ(got, false);
}

TEST_F(hub_with_people, waits_no_longer_for_a_device_that_went) {
  std::optional<bool> got;
  const auto id = add(person("ana", "ana-pc", "agent"), ana_agent_);
  hub_.expect_ack("evt_x", device_id("ana-pc"), [&](bool ok) { got = ok; });
  hub_.remove(id);
  EXPECT_EQ(got, false);
}

TEST_F(hub_with_people, tells_when_a_device_of_a_person_is_gone) {
  const auto page = add(person("ana"), ana_page_);
  const auto agent = add(person("ana", "ana-pc", "agent"), ana_agent_);
  EXPECT_EQ(hub_.connections_of(user_id("usr_ana")), 2U);
  const auto gone = hub_.remove(agent);
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->last);
  EXPECT_EQ(gone->who.caller.device, device_id("ana-pc"));
  EXPECT_TRUE(hub_.remove(page)->last);
  EXPECT_FALSE(hub_.remove(page));
  EXPECT_EQ(hub_.connections_of(user_id("usr_ana")), 0U);
}

TEST_F(hub_with_people, keeps_the_newest_candidates) {
  add(person("ana", "ana-pc", "agent"), ana_agent_);
  const device_id device("ana-pc");
  const auto before = hub_.presence();
  hub_.update_candidates(device,
                         {{}, {{"192.0.2.1", 5000, "host"}}, 2, wire::webtransport_info{{"aa"}, "old"}});
  hub_.update_candidates(device, {{}, {}, 1, wire::webtransport_info{{"bb"}, "new"}});
  EXPECT_EQ(hub_.presence()->find(device)->candidates.size(), 1U);
  EXPECT_EQ(hub_.presence()->find(device)->webtransport->signature, "old");
  hub_.update_candidates(device, {{}, {}, 3, {}});
  EXPECT_TRUE(hub_.presence()->find(device)->webtransport);  // the certificates did not change
  EXPECT_TRUE(before->find(device)->candidates.empty());
}

TEST_F(hub_with_people, tells_who_begins_and_who_stops_to_share) {
  std::vector<std::string> told;
  hub_.on_activity([&](const identity& who) {
    told.push_back(who.caller.device->str() + ":" + hub_.activity(*who.caller.device).value_or("nothing"));
  });
  add(person("ana", "laptop", "agent"), ana_agent_);
  models::effects effects;
  effects.activities.push_back(
      {session_id("s"), {}, {device_id("laptop"), device_id("away")}, now_ + std::chrono::seconds(120)});
  hub_.deliver(effects);
  EXPECT_EQ(told, std::vector<std::string>{"laptop:sharing"}) << "nobody is told of who is not there";
  EXPECT_EQ(hub_.presence()->devices.at(device_id("laptop")).activity, "sharing");
  now_ += std::chrono::seconds(119);
  hub_.expire_activities();
  EXPECT_EQ(told.size(), 1U);
  now_ += std::chrono::seconds(1);
  hub_.expire_activities();
  EXPECT_EQ(told.back(), "laptop:nothing");
  EXPECT_EQ(hub_.presence()->devices.at(device_id("laptop")).activity, std::nullopt);
}

TEST(router, takes_the_longest_prefix) {
  router routes;
  routes.add("p2p.", {});
  routes.add("p2p.session.request", {{}, true});
  EXPECT_TRUE(routes.find("p2p.session.request")->waits);
  EXPECT_FALSE(routes.find("p2p.session.renew")->waits);
  EXPECT_EQ(routes.find("p2"), nullptr);
  EXPECT_EQ(routes.find(""), nullptr);
}

TEST(message_budget, lets_a_burst_pass_and_stops_a_flood) {
  steady_time now{};
  message_budget budget(10, 20, now);
  int passed = 0;
  for (int i = 0; i < 100; ++i) passed += budget.take(now);
  EXPECT_EQ(passed, 20);
  now += std::chrono::seconds(1);
  for (int i = 0; i < 100; ++i) passed += budget.take(now);
  EXPECT_EQ(passed, 30);
}

}  // namespace
}  // namespace mesh::ws
