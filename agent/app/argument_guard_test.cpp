#include "agent/app/argument_guard.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

TEST(take_arguments, leaves_nothing_readable_behind) {
  char program[] = "mesh-agent";
  char flag[] = "--token";
  char token[] = "eyJhbGciOiJFZERTQSJ9.secret";
  char* argv[] = {program, flag, token, nullptr};
  const auto taken = take_arguments(3, argv);
  EXPECT_EQ(taken, (std::vector<std::string>{"--token", "eyJhbGciOiJFZERTQSJ9.secret"}));
  EXPECT_STREQ(argv[0], "mesh-agent");
  for (const char c : token) EXPECT_EQ(c, '\0');
  for (const char c : flag) EXPECT_EQ(c, '\0');
}

}  // namespace
}  // namespace mesh::app
