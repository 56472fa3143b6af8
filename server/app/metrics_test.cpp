#include "server/app/metrics.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

TEST(metrics, show_that_nothing_was_relayed_or_stored) {
  const metrics m;
  const auto text = m.render();
  EXPECT_NE(text.find("mesh_relayed_bytes_total 0"), std::string::npos);
  EXPECT_NE(text.find("mesh_stored_media_bytes_total 0"), std::string::npos);
}

TEST(metrics, count_by_label_and_bound_the_labels_of_strangers) {
  metrics m;
  m.count_request("GET", 200, 0.01);
  m.count_request("EVIL1", 405, 0.01);
  m.count_request("EVIL2", 405, 0.01);
  m.set_connections(3);
  const auto text = m.render();
  EXPECT_NE(text.find("mesh_http_requests_total{method=\"GET\",status=\"200\"} 1"), std::string::npos);
  EXPECT_NE(text.find("mesh_http_requests_total{method=\"other\",status=\"405\"} 2"), std::string::npos);
  EXPECT_EQ(text.find("EVIL"), std::string::npos);
  EXPECT_NE(text.find("mesh_ws_connections 3"), std::string::npos);
}

}  // namespace
}  // namespace mesh::app
