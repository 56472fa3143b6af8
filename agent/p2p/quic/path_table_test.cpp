#include "agent/p2p/quic/path_table.hpp"

#include <set>

#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

p2p::udp_address address(std::uint16_t port) {
  return p2p::make_udp_address("192.0.2.7", port).value();
}

TEST(path_table, finds_a_path_by_number_and_by_address) {
  path_table table(address(1));
  EXPECT_EQ(table.by_id(0)->remote, address(1));
  EXPECT_EQ(table.by_remote(address(1))->id, 0);
  EXPECT_EQ(table.by_id(1), nullptr);
  EXPECT_EQ(table.by_remote(address(2)), nullptr);
  const auto id = table.add(address(2), 0).id;
  EXPECT_NE(id, 0);
  EXPECT_EQ(table.by_remote(address(2))->id, id);
}

TEST(path_table, a_peer_that_keeps_moving_costs_no_memory_and_keeps_its_current_path) {
  path_table table(address(1));
  for (std::uint16_t port = 2; port < 200; ++port) {
    table.add(address(port), 0);
    EXPECT_LE(table.size(), path_table::paths_max);
    ASSERT_NE(table.by_id(0), nullptr);
    ASSERT_NE(table.by_remote(address(port)), nullptr);
  }
  EXPECT_EQ(table.by_remote(address(2)), nullptr) << "the oldest is forgotten first";
}

TEST(path_table, numbers_are_not_used_again) {
  path_table table(address(1));
  std::set<std::uint16_t> seen{0};
  for (std::uint16_t port = 2; port < 100; ++port)
    EXPECT_TRUE(seen.insert(table.add(address(port), 0).id).second);
}

TEST(path_table, every_path_looks_different_to_quic) {
  std::set<std::string> seen;
  for (const int number : {0, 1, 255, 256, 65'535}) {
    const auto id = static_cast<std::uint16_t>(number);
    EXPECT_TRUE(seen.insert(p2p::to_string(synthetic_local(id))).second);
    EXPECT_TRUE(seen.insert(p2p::to_string(synthetic_remote(id))).second);
  }
}

}  // namespace
}  // namespace mesh::quic
