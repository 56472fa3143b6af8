#include "agent/app/terminal_offers.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

wire::terminal_shared offer(const char* device, const char* person, const char* name) {
  return {mesh::device_id(device), mesh::user_id("usr_1"), person, name, 80, 24, {}};
}

TEST(terminal_offers, are_found_by_name_machine_or_person_when_one_is_meant) {
  const std::vector offers{offer("laptop", "ana", "build"), offer("tower", "ana", "logs"),
                           offer("desk", "ben", "build")};
  const struct {
    const char* wanted;
    const char* device;
  } cases[] = {
      {"logs", "tower"},    {"laptop/build", "laptop"}, {"ben/build", "desk"}, {"ana/logs", "tower"},
      {"build", nullptr},   {"desk/logs", nullptr},     {"", nullptr},         {"eve/build", nullptr},
      {"laptop/", nullptr}, {"ana", nullptr},           {"ben", "desk"},       {"laptop", "laptop"}};
  for (const auto& one : cases) {
    const auto* found = find_offer(offers, one.wanted);
    if (one.device == nullptr)
      EXPECT_EQ(found, nullptr) << one.wanted;
    else
      EXPECT_TRUE(found != nullptr && found->device_id.str() == one.device) << one.wanted;
  }
  EXPECT_EQ(find_offer(std::span(offers).first(1), ""), offers.data()) << "there is no other one";
}

}  // namespace
}  // namespace mesh::app
