#include "agent/terminal/pty.hpp"

#include <array>
#include <csignal>
#include <poll.h>

#include <gtest/gtest.h>

namespace mesh::terminal {
namespace {

std::unique_ptr<pty> started(const std::string& command, terminal_size size = {80, 24}) {
  return open_pty({size, command, {"MESH_TEST=given"}}).value();
}

// Everything the program writes, until it ends or has written this.
std::string read_until(pty& from, std::string_view wanted = {}) {
  std::string all;
  std::array<std::byte, 4096> buffer;
  while (wanted.empty() || !all.contains(wanted)) {
    pollfd waiting{from.descriptor(), POLLIN, 0};
    if (::poll(&waiting, 1, 20'000) <= 0) break;
    const auto part = from.read(buffer);
    if (!part) break;
    all += as_text(*part);
  }
  return all;
}

TEST(pty, a_program_has_a_terminal_of_that_size_and_its_variables) {
  const auto p = started("stty size; test -t 0 && echo $MESH_TEST", {91, 37});
  const auto all = read_until(*p);
  EXPECT_NE(all.find("37 91"), std::string::npos) << all;
  EXPECT_NE(all.find("given"), std::string::npos) << all;
}

TEST(pty, tells_how_the_program_ended) {
  const auto p = started("exit 7");
  read_until(*p);
  EXPECT_EQ(p->wait().code, 7);
  const auto killed = started("kill -9 $$");
  read_until(*killed);
  EXPECT_EQ(killed->wait().signal, SIGKILL);
}

TEST(pty, keys_and_a_new_size_reach_the_program) {
  const auto p = started("trap 'stty size' WINCH; echo ready; read line; echo got $line; read line");
  read_until(*p, "ready");
  ASSERT_TRUE(p->write(as_bytes("hello\r")));
  EXPECT_NE(read_until(*p, "got hello").find("got hello"), std::string::npos);
  ASSERT_TRUE(p->resize({50, 20}));
  EXPECT_NE(read_until(*p, "20 50").find("20 50"), std::string::npos);
}

TEST(pty, interrupt_is_a_signal_for_the_program_in_the_foreground) {
  // Short sleeps: an interrupt between "ready" and the start of a program waits for that program's end.
  const auto p = started("trap 'echo caught; exit 0' INT; echo ready; while :; do sleep 0.05; done");
  read_until(*p, "ready");
  ASSERT_TRUE(p->write(as_bytes("\x03")));
  const auto all = read_until(*p, "caught");
  EXPECT_NE(all.find("caught"), std::string::npos) << all;
}

TEST(pty, a_program_that_is_left_is_hung_up) {
  auto p = started("trap 'exit 0' HUP; echo ready; while :; do sleep 1; done");
  read_until(*p, "ready");
  p.reset();  // waits for it
}

TEST(pty, a_program_that_is_not_there_is_an_exit_status) {
  const auto p = started("/nonexistent/program");
  read_until(*p);
  EXPECT_EQ(p->wait().code, 127);
}

}  // namespace
}  // namespace mesh::terminal
