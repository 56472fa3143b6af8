#include "server/services/chat.hpp"

#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::events_of;
using testing_support::receivers;
using testing_support::server_world;

class chat_test : public testing::Test {
 protected:
  auto send(const caller& who, const std::string& text, const std::string& id) {
    return world_.change([&](context& c) { return send_message(c, who, room_, {text, id}, "evt"); });
  }
  std::vector<std::int64_t> seqs(const message_query& query, bool* more = nullptr) {
    std::vector<std::int64_t> out;
    const auto list = world_.read([&](context& c) { return list_messages(c, ana_, room_, query); });
    for (const auto& m : list->messages) out.push_back(m.seq);
    if (more != nullptr) *more = list->has_more;
    return out;
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  room_id room_ = world_.room(ana_);
};

TEST_F(chat_test, a_message_goes_to_every_member_and_is_numbered) {
  world_.join(room_, ben_);
  const auto done = send(ana_, "Bonjour 👋", "k1");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->reply.message.seq, 1);
  EXPECT_EQ(receivers(done->effects, "chat.message"), (std::set<user_id>{ana_.user, ben_.user}));
  for (const auto& out : events_of(done->effects, "chat.message")) {
    EXPECT_EQ(out.event.from, "user:" + ana_.user.str());
    EXPECT_EQ(out.event.to, "room:" + room_.str());
    EXPECT_EQ(out.event.reply_to.has_value(), out.users == std::vector{ana_.user});
    EXPECT_TRUE(out.seqs.empty());  // chat has its own numbers, not those of the person's log
  }
  EXPECT_EQ(send(ben_, "Salut", "k1")->reply.message.seq, 2);
  EXPECT_EQ(world_.read([&](context& c) { return get_room(c, ana_, room_); })->room.last_seq, 2);
}

TEST_F(chat_test, sending_again_gives_the_same_message_and_tells_nobody_else) {
  world_.join(room_, ben_);
  const auto first = send(ana_, "once", "k1");
  const auto again = send(ana_, "twice", "k1");
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->reply.created);
  EXPECT_EQ(again->reply.message.id, first->reply.message.id);
  EXPECT_EQ(again->reply.message.text, "once");
  EXPECT_EQ(receivers(again->effects, "chat.message"), std::set<user_id>{ana_.user});
  EXPECT_EQ(seqs({}), std::vector<std::int64_t>{1});
}

TEST_F(chat_test, history_is_paged_both_ways) {
  for (int i = 1; i <= 7; ++i) ASSERT_TRUE(send(ana_, "m", std::to_string(i)));
  bool more = false;
  EXPECT_EQ(seqs({{}, {}, 3}, &more), (std::vector<std::int64_t>{5, 6, 7}));
  EXPECT_TRUE(more);
  EXPECT_EQ(seqs({5, {}, 3}, &more), (std::vector<std::int64_t>{2, 3, 4}));
  EXPECT_TRUE(more);
  EXPECT_EQ(seqs({2, {}, 3}, &more), std::vector<std::int64_t>{1});
  EXPECT_FALSE(more);
  EXPECT_EQ(seqs({{}, 4, 2}, &more), (std::vector<std::int64_t>{5, 6}));
  EXPECT_TRUE(more);
  EXPECT_EQ(seqs({{}, 6, 50}, &more), std::vector<std::int64_t>{7});
  EXPECT_FALSE(more);
  EXPECT_EQ(seqs({6, 2, 50}, &more), (std::vector<std::int64_t>{3, 4, 5}));
  EXPECT_TRUE(seqs({{}, 7, 50}).empty());
  for (const std::int64_t limit : {0, 201})
    EXPECT_EQ(
        world_.read([&](context& c) { return list_messages(c, ana_, room_, {{}, {}, limit}); }).error().field,
        "limit");
}

TEST_F(chat_test, what_is_no_message_is_refused) {
  EXPECT_EQ(send(ana_, " \n", "k").error().field, "text");
  EXPECT_EQ(send(ana_, std::string("a\0b", 3), "k").error().code, errc::field_invalid);
  EXPECT_EQ(send(ana_, "hi", "").error().field, "client_id");
  EXPECT_EQ(send(ana_, "hi", "a\nb").error().field, "client_id");
  EXPECT_EQ(send(ben_, "hi", "k").error().code, errc::not_found);
}

}  // namespace
}  // namespace mesh::services
