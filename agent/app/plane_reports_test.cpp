#include "agent/app/plane_reports.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

TEST(plane_reports, name_a_congestion_control_only_where_quic_carries_the_connection) {
  p2p::connection_stats direct;
  direct.peer = "192.168.1.50:5000";
  direct.congestion_window = 4096;
  direct.paced = true;
  p2p::connection_stats relayed;
  relayed.peer = "relay";
  const auto stats = std::to_array({direct, relayed});
  const auto report = report_connections(stats, "cubic");
  const auto& list = report.at("connections").as_array();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].at("congestion_control"), "cubic");
  EXPECT_EQ(list[0].at("paced"), true);
  EXPECT_FALSE(list[1].as_object().contains("congestion_control"));
  EXPECT_FALSE(list[1].as_object().contains("paced"));
  const std::string text(report.at("text").as_string());
  EXPECT_NE(text.find("cubic, paced"), std::string::npos) << text;
  EXPECT_NE(text.find("that of TCP to the relay"), std::string::npos) << text;
}

}  // namespace
}  // namespace mesh::app
