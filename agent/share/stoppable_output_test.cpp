#include "agent/share/stoppable_output.hpp"

#include <array>
#include <chrono>
#include <fcntl.h>
#include <functional>
#include <pty.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;

// Of which nobody reads the first.
using ends = std::array<int, 2>;

TEST(stoppable_output, is_never_blocked_in_though_nobody_reads) {
  const struct {
    const char* name;
    std::function<int(ends&)> open;
  } table[] = {
      {"pipe", [](ends& e) { return ::pipe2(e.data(), O_CLOEXEC); }},
      {"socket", [](ends& e) { return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, e.data()); }},
      {"terminal", [](ends& e) { return ::openpty(e.data(), &e[1], nullptr, nullptr, nullptr); }},
  };
  const bytes content(4UZ * 1024 * 1024, std::byte{'x'});
  for (const auto& row : table) {
    ends both{};
    ASSERT_EQ(row.open(both), 0) << row.name;
    const os::unique_fd nobody(both[0]);
    stoppable_output output(os::unique_fd(both[1]), "-");
    const auto written = output.write(content, 0ms);
    ASSERT_TRUE(written.has_value()) << row.name;
    EXPECT_LT(*written, content.size()) << row.name;
    output.stop();
    EXPECT_EQ(output.write(content, stoppable_output::for_ever).error().code, errc::canceled) << row.name;
  }
}

}  // namespace
}  // namespace mesh::share
