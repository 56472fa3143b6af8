#include "server/ws/activity_book.hpp"

#include <gtest/gtest.h>

namespace mesh::ws {
namespace {

using devices = std::vector<device_id>;
using models::session_activity;

const auto early = from_unix_seconds(1'000);
const auto late = from_unix_seconds(2'000);

const device_id laptop("laptop");
const device_id phone("phone");

session_activity shares(std::string session, devices who, wall_time until = late) {
  return {session_id(std::move(session)), {}, std::move(who), until};
}
session_activity calls(std::string session, devices who, wall_time until = late) {
  return {session_id(std::move(session)), std::move(who), {}, until};
}

TEST(activity_book, tells_of_a_device_when_it_begins_and_when_its_last_session_ends) {
  activity_book book;
  EXPECT_EQ(book.of(laptop), std::nullopt);
  EXPECT_EQ(book.note(shares("s1", {laptop})), devices{laptop});
  EXPECT_EQ(book.note(shares("s1", {laptop})), devices{}) << "renewed: nothing new to tell";
  EXPECT_EQ(book.note(shares("s2", {laptop})), devices{});
  EXPECT_EQ(book.note(shares("s1", {})), devices{}) << "the other file still goes";
  EXPECT_EQ(book.of(laptop), "sharing");
  EXPECT_EQ(book.note(shares("s2", {})), devices{laptop});
  EXPECT_EQ(book.of(laptop), std::nullopt);
  EXPECT_EQ(book.note(shares("s2", {})), devices{}) << "ended twice";
}

TEST(activity_book, a_call_hides_a_transfer_until_it_is_over) {
  activity_book book;
  book.note(shares("file", {laptop}));
  EXPECT_EQ(book.note(calls("call", {laptop, phone})), (devices{laptop, phone}));
  EXPECT_EQ(book.of(laptop), "in_call");
  EXPECT_EQ(book.note(shares("file2", {laptop})), devices{});
  EXPECT_EQ(book.note(calls("call", {})), (devices{laptop, phone}));
  EXPECT_EQ(book.of(laptop), "sharing");
  EXPECT_EQ(book.of(phone), std::nullopt);
}

TEST(activity_book, what_nobody_renews_is_over) {
  activity_book book;
  book.note(shares("dead", {laptop}, early));
  book.note(shares("alive", {phone}, late));
  EXPECT_EQ(book.expire(early - std::chrono::seconds(1)), devices{});
  EXPECT_EQ(book.expire(early), devices{laptop});
  EXPECT_EQ(book.of(laptop), std::nullopt);
  EXPECT_EQ(book.of(phone), "sharing");
  book.note(shares("alive", {phone}, late + std::chrono::seconds(60)));
  EXPECT_EQ(book.expire(late), devices{}) << "it was renewed";
}

}  // namespace
}  // namespace mesh::ws
