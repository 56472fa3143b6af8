#include "agent/control/control_client.hpp"
#include "agent/control/control_server.hpp"
#include "agent/control/message_reader.hpp"
#include "agent/control/socket_place.hpp"
#include "core/base/limits.hpp"
#include "core/base/test_dir.hpp"
#include "core/io/loop.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mesh::control {
namespace {

// A server on a thread of its own; the client of the test may block.
class running_server {
 public:
  explicit running_server(handler serve, peer_check check = same_user)
      : server_(loop_.get_executor(), std::move(serve), std::move(check)) {
    listened_ = server_.listen(socket());
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~running_server() { stop(); }
  running_server(const running_server&) = delete;
  running_server& operator=(const running_server&) = delete;

  std::filesystem::path socket() const { return folder_.path() / "run" / "agent.sock"; }
  const result<void>& listened() const { return listened_; }
  void stop() {
    if (!thread_.joinable()) return;
    io::post(loop_.get_executor(), [this] { server_.close(); });
    thread_.join();
  }

 private:
  test_dir folder_;
  io::loop loop_;
  control_server server_;
  result<void> listened_;
  std::thread thread_;
};

void echo(request r, const std::shared_ptr<reply>& to) {
  if (r.type == "echo") return to->done(std::move(r.payload));
  if (r.type == "count") {
    for (int i = 0; i < 3; ++i) to->event("number", {{"value", i}});
    return to->done();
  }
  if (r.type == "long") return to->done({{"value", std::string(1'000'000, 'x')}});
  if (r.type == "forget") return;
  to->fail({errc::kind_unknown, r.type, "type"});
}

int raw_connection(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

// Everything the server says until it closes.
std::string read_to_end(int fd) {
  std::string out;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(fd, buffer, sizeof buffer)) > 0;)
    out.append(buffer, static_cast<std::size_t>(count));
  ::close(fd);
  return out;
}

void write_raw(int fd, bytes_view data) {
  ASSERT_EQ(::send(fd, data.data(), data.size(), MSG_NOSIGNAL), static_cast<ssize_t>(data.size()));
}

TEST(control_socket, answers_requests_with_events_and_an_end) {
  running_server server(echo);
  ASSERT_TRUE(server.listened());
  auto client = control_client::connect(server.socket());
  ASSERT_TRUE(client);
  EXPECT_EQ(client->call("echo", {{"a", 1}})->at("a"), 1);
  std::vector<std::int64_t> numbers;
  EXPECT_TRUE(client->call("count", {},
                           [&](const answer& a) { numbers.push_back(a.payload.at("value").as_int64()); }));
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{0, 1, 2}));
  const auto unknown = client->call("share-terminal", {});
  EXPECT_EQ(unknown.error().code, errc::kind_unknown);
  EXPECT_EQ(unknown.error().field, "type");
}

TEST(control_socket, carries_answers_longer_than_a_frame) {
  running_server server(echo);
  auto client = control_client::connect(server.socket());
  ASSERT_TRUE(client);
  const auto got = client->call("long", {});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->at("value").as_string().size(), 1'000'000U);
  EXPECT_EQ(client->call("echo", {{"a", 1}})->at("a"), 1);
}

TEST(control_socket, is_for_its_owner_only) {
  running_server server(echo);
  struct stat info{};
  ASSERT_EQ(::stat(server.socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  ASSERT_EQ(::stat(server.socket().parent_path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700U);
}

TEST(control_socket, closes_on_another_user_without_reading_a_byte) {
  bool served = false;
  running_server server([&](const request&, const std::shared_ptr<reply>&) { served = true; },
                        [](int) -> result<void> { return fail(errc::forbidden, "user 1234"); });
  const int fd = raw_connection(server.socket());
  // The server may have closed before this is written: both are a refusal.
  const auto frame = *to_frame(R"({"id":1,"type":"echo"})");
  (void)::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL);
  EXPECT_EQ(read_to_end(fd), "");
  server.stop();
  EXPECT_FALSE(served);
}

TEST(control_socket, knows_its_own_user) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  EXPECT_TRUE(same_user(pair[0]));
  ::close(pair[0]);
  ::close(pair[1]);
  EXPECT_EQ(same_user(-1).error().code, errc::forbidden);
}

TEST(control_socket, refuses_a_caller_of_another_user) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be somebody else for a moment";
  // The kernel keeps who made the socket. The system call itself changes this thread alone.
  constexpr uid_t unchanged = static_cast<uid_t>(-1);
  constexpr uid_t stranger = 12345;
  ASSERT_EQ(::syscall(SYS_setresuid, unchanged, stranger, unchanged), 0);
  int pair[2] = {-1, -1};
  const int made = ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  ASSERT_EQ(::syscall(SYS_setresuid, unchanged, uid_t{0}, unchanged), 0);
  ASSERT_EQ(made, 0);
  const auto judged = same_user(pair[0]);
  ASSERT_FALSE(judged) << "somebody else was let in";
  EXPECT_EQ(judged.error().code, errc::forbidden);
  ::close(pair[0]);
  ::close(pair[1]);
}

TEST(control_socket, names_what_is_wrong_with_hostile_input_and_hangs_up) {
  running_server server(echo);
  const auto raw = [](std::string_view text) {
    const auto view = as_bytes(text);
    return bytes(view.begin(), view.end());
  };
  const std::pair<bytes, const char*> table[] = {
      {raw({"\xFF\xFF\xFF\xFFgarbage", 11}), "bad_frame"},
      {raw({"\0\0\0\0", 4}), "bad_frame"},
      {raw({"\0\1\0\1{", 5}), "bad_frame"},
      {raw("GET / HTTP/1.1\r\n\r\n"), "bad_frame"},
      {*to_frame("{\"id\":1,"), "invalid_json"},
      {*to_frame("{\"id\":1}"), "field_missing"},
      {*to_frame("{\"id\":1,\"type\":\"\xC3\x28\"}"), "invalid_utf8"},
  };
  for (const auto& [sent, word] : table) {
    const int fd = raw_connection(server.socket());
    write_raw(fd, sent);
    EXPECT_TRUE(read_to_end(fd).contains(word)) << word;
  }
  EXPECT_TRUE(control_client::connect(server.socket())->call("echo", {})) << "the daemon is still there";
}

TEST(control_socket, refuses_a_second_request_with_a_used_id_and_too_many_at_once) {
  std::vector<std::shared_ptr<reply>> open;
  running_server server([&](const request&, const std::shared_ptr<reply>& to) { open.push_back(to); });
  const int fd = raw_connection(server.socket());
  for (std::size_t i = 0; i < limits::control_requests_max; ++i)
    write_raw(fd, *to_frame(render(request{static_cast<std::int64_t>(i), "wait", {}})));
  write_raw(fd, *to_frame(render(request{0, "wait", {}})));
  write_raw(fd, *to_frame(render(request{99, "wait", {}})));
  message_reader reader;
  std::vector<std::string> words;
  while (words.size() < 2) {
    char buffer[4096];
    const auto count = ::read(fd, buffer, sizeof buffer);
    ASSERT_GT(count, 0);
    reader.feed(as_bytes(std::string_view(buffer, static_cast<std::size_t>(count))));
    for (auto body = reader.next(); body && *body; body = reader.next())
      words.emplace_back(word(error_of(*parse_answer(**body)).code));
  }
  EXPECT_EQ(words, (std::vector<std::string>{"conflict", "busy"}));
  ::close(fd);
  server.stop();
}

TEST(control_socket, tells_the_handler_when_the_asker_goes_away) {
  std::atomic<bool> asked = false;
  std::atomic<bool> gone = false;
  running_server server([&](const request&, const std::shared_ptr<reply>& to) {
    to->on_gone([&gone, to] { gone = true; });
    asked = true;
    asked.notify_all();
  });
  const int fd = raw_connection(server.socket());
  write_raw(fd, *to_frame(R"({"id":1,"type":"wait"})"));
  asked.wait(false);
  ::close(fd);
  server.stop();
  EXPECT_TRUE(gone);
}

TEST(control_socket, never_leaves_an_asker_without_an_end) {
  running_server server(echo);
  auto client = control_client::connect(server.socket());
  EXPECT_EQ(client->call("forget", {}).error().code, errc::internal);
}

TEST(control_socket, whose_daemon_goes_means_to_who_waits_that_none_runs) {
  std::vector<std::shared_ptr<reply>> open;
  std::atomic<bool> asked = false;
  running_server server([&](const request&, const std::shared_ptr<reply>& to) {
    open.push_back(to);
    asked = true;
    asked.notify_all();
  });
  auto client = control_client::connect(server.socket());
  std::thread stopping([&] {
    asked.wait(false);
    server.stop();
  });
  EXPECT_EQ(client->call("wait", {}).error().code, errc::daemon_not_running);
  stopping.join();
  EXPECT_EQ(client->call("wait", {}).error().code, errc::daemon_not_running);
}

TEST(control_socket, replaces_a_dead_socket_and_respects_a_living_one) {
  test_dir folder;
  const auto path = folder.path() / "agent.sock";
  io::loop loop;
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
  }
  EXPECT_FALSE(socket_is_live(path));
  control_server first(loop.get_executor(), echo);
  EXPECT_TRUE(first.listen(path));
  EXPECT_TRUE(socket_is_live(path));
  control_server second(loop.get_executor(), echo);
  EXPECT_EQ(second.listen(path).error().code, errc::conflict);
  EXPECT_EQ(second.listen(folder.path() / std::string(120, 'x')).error().code, errc::address_invalid);
  first.close();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(control_socket, one_command_too_many_hears_that_the_daemon_is_busy) {
  running_server server(echo);
  std::vector<control_client> others;
  for (std::size_t i = 0; i < limits::control_connections_max; ++i) {
    others.push_back(std::move(*control_client::connect(server.socket())));
    ASSERT_TRUE(others.back().call("echo", {}));
  }
  for (int i = 0; i < 20; ++i) {
    auto late = control_client::connect(server.socket());
    ASSERT_TRUE(late);
    const auto answer = late->call("echo", {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::busy) << answer.error().detail;
  }
  EXPECT_TRUE(others.front().call("echo", {}));
}

TEST(control_socket, that_is_not_there_means_that_no_daemon_runs) {
  EXPECT_EQ(control_client::connect("/nonexistent/agent.sock").error().code, errc::daemon_not_running);
  EXPECT_EQ(control_client::connect("/" + std::string(200, 'x')).error().code, errc::daemon_not_running);
}

TEST(socket_place, is_written_down_in_the_state_directory) {
  test_dir folder;
  EXPECT_EQ(preferred_socket({}, "/state"), "/state/agent.sock");
  EXPECT_EQ(preferred_socket("/nonexistent", "/state"), "/state/agent.sock");
  EXPECT_EQ(preferred_socket(folder.path(), "/state"), folder.path() / "mesh" / "agent.sock");
  EXPECT_FALSE(published_socket(folder.path()));
  ASSERT_TRUE(publish_socket(folder.path(), "/run/x/agent.sock"));
  EXPECT_EQ(published_socket(folder.path()), "/run/x/agent.sock");
  unpublish_socket(folder.path());
  EXPECT_FALSE(published_socket(folder.path()));
}

}  // namespace
}  // namespace mesh::control
