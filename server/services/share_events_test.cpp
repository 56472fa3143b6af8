#include "server/services/share_events.hpp"

#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::server_world;

class share_events_test : public testing::Test {
 protected:
  share_events_test() {
    world_.join(world_.room(ana_), ben_);
    world_.device(ana_, "laptop");
    world_.device(ana_, "nas");
    world_.device(ben_, "desktop");
    for (const auto* name : {"laptop", "nas"}) world_.connect(ana_, name);
    world_.connect(ben_, "desktop");
    open_page(ana_, "ana-page");
    open_page(ben_, "ben-page");
    on_laptop_.device = device_id("laptop");
    on_page_.device = device_id("ana-page");
  }
  void open_page(const caller& who, const std::string& name) {
    world_.device(who, name);
    world_.connect(who, name, 0);
    world_.presence.devices[device_id(name)].kind = "browser";
  }
  auto handle(const caller& who, const std::string& text) {
    return world_.change([&](context& c) { return handle_event(c, who, wire::parse_event(text).value()); });
  }
  static std::string report(const std::string& to, const std::string& type = "share.progress") {
    return R"({"type":")" + type + R"(","to":")" + to +
           R"(","payload":{"transfer_id":"4","direction":"in","state":"running","name":"a","size":2,"offset":1,)"
           R"("before":0,"resent":0,"rate":1,"seconds":1,"started_at":"","device_id":"desktop","username":"ben"}})";
  }
  static std::string wish(const std::string& to, const std::string& payload) {
    return R"({"type":"share.control","to":")" + to + R"(","payload":)" + payload + "}";
  }
  static void reaches_the_laptop_alone(const result<outcome<event_reply>>& done) {
    ASSERT_TRUE(done) << done.error().detail;
    const auto& out = done->effects.events.at(0);
    EXPECT_EQ(out.devices, std::vector{device_id("laptop")});
    EXPECT_TRUE(out.users.empty());
    EXPECT_EQ(out.event.from, "device:ana-page");
  }
  struct refusal {
    const caller& who;
    std::string to, payload;
    errc code;
    std::string_view field;
  };
  // event: makes one of `to` and `payload`.
  template <class Event>
  void refuses(const Event& event, const std::vector<refusal>& table) {
    for (const auto& [who, to, payload, code, field] : table) {
      const auto refused = handle(who, event(to, payload));
      ASSERT_FALSE(refused) << to << payload;
      EXPECT_EQ(refused.error().code, code) << to << payload;
      EXPECT_EQ(refused.error().field, field) << to << payload;
    }
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  caller on_laptop_ = ana_;
  caller on_page_ = ana_;
  const std::string pause_ = R"({"action":"pause","transfer_id":"4"})";
};

TEST_F(share_events_test, a_report_reaches_the_pages_of_the_same_person_and_nobody_else) {
  for (const auto& to : {std::string(), std::string("server"), "user:" + ana_.user.str()}) {
    const auto done = handle(on_laptop_, report(to));
    ASSERT_TRUE(done) << to << ": " << done.error().detail;
    ASSERT_EQ(done->effects.events.size(), 1U);
    const auto& out = done->effects.events[0];
    EXPECT_EQ(out.users, std::vector{ana_.user});
    EXPECT_TRUE(out.devices.empty());
    EXPECT_FALSE(out.to_agents);
    EXPECT_TRUE(out.seqs.empty()) << "nothing of it is kept";
    EXPECT_EQ(out.event.from, "device:laptop");
  }
}

TEST_F(share_events_test, a_report_to_anybody_else_or_of_a_page_is_refused) {
  const auto code = [&](const caller& who, const std::string& text) {
    return handle(who, text).error().code;
  };
  for (const auto& to : {"user:" + ben_.user.str(), std::string("device:desktop"),
                         std::string("device:ana-page"), std::string("room:rom_1")})
    EXPECT_EQ(code(on_laptop_, report(to)), errc::forbidden) << to;
  EXPECT_EQ(code(on_page_, report("")), errc::forbidden);
  EXPECT_EQ(code(ana_, report("")), errc::forbidden);
  const auto half = handle(on_laptop_, R"({"type":"share.done","payload":{"transfer_id":"4"}})");
  EXPECT_EQ(half.error().field, "payload.direction");
}

TEST_F(share_events_test, an_agent_is_told_when_nobody_looks) {
  world_.disconnect("ana-page");
  EXPECT_EQ(handle(on_laptop_, report("")).error().code, errc::peer_offline);
  world_.presence.users[ana_.user].insert("browser");  // a page without a device of its own
  EXPECT_TRUE(handle(on_laptop_, report("")));
}

TEST_F(share_events_test, a_page_controls_the_agents_of_its_own_person_alone) {
  reaches_the_laptop_alone(handle(on_page_, wish("device:laptop", pause_)));
  EXPECT_TRUE(handle(on_page_, wish("device:nas", R"({"action":"list"})")));
  refuses(wish, {
                    {ben_, "device:laptop", pause_, errc::forbidden, "to"},
                    {on_page_, "device:desktop", pause_, errc::forbidden, "to"},
                    {on_laptop_, "device:nas", pause_, errc::forbidden, "type"},
                    {on_page_, "device:nowhere", pause_, errc::not_found, "to"},
                    {on_page_, "device:ana-page", pause_, errc::field_invalid, "to"},
                    {on_page_, "user:" + ana_.user.str(), pause_, errc::field_missing, "to"},
                    {on_page_, "device:laptop", R"({"action":"explode","transfer_id":"4"})",
                     errc::field_invalid, "payload.action"},
                    {on_page_, "device:laptop", R"({"action":"pause"})", errc::field_missing,
                     "payload.transfer_id"},
                    {on_page_, "device:laptop", R"({"action":7})", errc::field_type, "payload.action"},
                    {on_page_, "device:laptop", R"({})", errc::field_missing, "payload.action"},
                });
  world_.disconnect("nas");
  EXPECT_EQ(handle(on_page_, wish("device:nas", pause_)).error().code, errc::peer_offline);
}

TEST_F(share_events_test, a_page_manages_the_terminals_of_its_own_person_alone) {
  const auto manage = [](const std::string& to, const std::string& payload) {
    return R"({"type":"terminal.manage","to":")" + to + R"(","payload":)" + payload + "}";
  };
  const std::string allow = R"({"action":"allow","name":"build","viewer":"ben","minutes":5})";
  reaches_the_laptop_alone(handle(on_page_, manage("device:laptop", allow)));
  EXPECT_TRUE(handle(on_page_, manage("device:nas", R"({"action":"list"})")));
  refuses(manage,
          {
              {ben_, "device:laptop", allow, errc::forbidden, "to"},
              {on_page_, "device:desktop", allow, errc::forbidden, "to"},
              {on_laptop_, "device:nas", allow, errc::forbidden, "type"},
              {on_page_, "device:laptop", R"({"action":"exited","name":"build"})", errc::field_invalid,
               "payload.action"},
              {on_page_, "device:laptop", R"({"action":"allow"})", errc::field_missing, "payload.name"},
          });
}

TEST_F(share_events_test, what_an_agent_shares_reaches_the_pages_of_the_same_person_and_nobody_else) {
  const std::string told = R"({"type":"terminal.managed","payload":{"terminals":[{"name":"build","cols":80,)"
                           R"("rows":24,"hidden":false,"watching":["ben"],"asked":["ben"]}]}})";
  const auto done = handle(on_laptop_, told);
  ASSERT_TRUE(done) << done.error().detail;
  const auto& out = done->effects.events.at(0);
  EXPECT_EQ(out.users, std::vector{ana_.user});
  EXPECT_FALSE(out.to_agents);
  EXPECT_EQ(handle(on_page_, told).error().code, errc::forbidden);
}

}  // namespace
}  // namespace mesh::services
