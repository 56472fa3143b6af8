#include "agent/share/snippet_sink.hpp"
#include "core/base/limits.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

// The word of what went wrong, or the text.
std::string through(const std::string& text, std::size_t announced) {
  std::optional<std::string> taken;
  const auto sink = make_snippet_sink([&](std::string came) { taken = std::move(came); });
  const auto word_of = [](const error& e) { return "!" + std::string(word(e.code)); };
  if (const auto open = sink->open({"snippet.txt", announced}); !open) return word_of(open.error());
  if (const auto written = sink->write(0, as_bytes(text)); !written) return word_of(written.error());
  if (const auto flushed = sink->flush(); !flushed) return word_of(flushed.error());
  EXPECT_FALSE(taken.has_value()) << "handed over before it was verified";
  if (const auto name = sink->commit(); !name) return word_of(name.error());
  EXPECT_TRUE(sink->path().empty());
  EXPECT_FALSE(taken.has_value()) << "handed over by a worker thread";
  sink->on_committed();
  return taken.value_or("!nothing");
}

TEST(snippet, a_text_is_handed_over_whole) {
  EXPECT_EQ(through("été\n\x1b[31m", 8), "été\n\x1b[31m");
  const std::string longest(limits::snippet_bytes_max, 'a');
  EXPECT_EQ(through(longest, longest.size()), longest);
}

TEST(snippet, what_is_too_long_or_no_text_is_refused) {
  EXPECT_EQ(through("a", limits::snippet_bytes_max + 1), "!too_large");
  EXPECT_EQ(through(std::string(limits::snippet_bytes_max + 1, 'a'), 1), "!too_large");
  EXPECT_EQ(through("a\xff", 2), "!invalid_utf8");
}

}  // namespace
}  // namespace mesh::share
