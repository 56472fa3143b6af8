#include "agent/app/transfer_events.hpp"

#include "core/base/escape.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

TEST(event_of, a_transfer_is_json_whatever_bytes_its_paths_hold) {
  transfer_record r;
  r.transfer_id = "1";
  r.name = "café";
  r.stored = "/in/caf\xE9/plan.bin";
  r.message = "caf\xE9: Permission denied";
  r.folder.emplace().note(errc::file_unreadable, "a/b", "caf\xE9/b: Permission denied");
  const auto text = wire::to_text(wire::json_value(event_of(r)));
  ASSERT_TRUE(valid_utf8(text)) << text;
  const auto back = wire::parse<transfer_record>(text);
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(back->name, "café");
  EXPECT_EQ(back->stored, "/in/caf\uFFFD/plan.bin");
  EXPECT_EQ(back->folder->notes.at(0).detail, "caf\uFFFD/b: Permission denied");
}

}  // namespace
}  // namespace mesh::app
