// mesh-chat-load PORT: reads one command a line, answers each with one line of JSON.
//   client TOKEN ROOM                 one more person (no answer)
//   connect                           {"seconds":…}
//   chat RATE SECONDS LOGIN_RATE      {"sent":…,"expected":…,"delivered":…,"duplicates":…,"p50_us":…,…}
//   storm                             {"seconds":…}
#include "tests/bench/load/scenario.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <optional>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using mesh::bench::chat_figures;

double share(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return -1;
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

void print(const chat_figures& f) {
  std::cout << R"({"sent":)" << f.sent << R"(,"expected":)" << f.expected << R"(,"delivered":)" << f.delivered
            << R"(,"duplicates":)" << f.duplicates << R"(,"p50_us":)" << share(f.microseconds, 0.5)
            << R"(,"p99_us":)" << share(f.microseconds, 0.99) << R"(,"max_us":)" << share(f.microseconds, 1)
            << R"(,"logins_skipped":)" << f.logins_skipped << R"(,"logins":{)";
  const char* comma = "";
  for (const auto& [status, count] : f.logins) {
    std::cout << comma << '"' << status << "\":" << count;
    comma = ",";
  }
  std::cout << "}}" << std::endl;
}

// Standard input by lines, read beside the sockets: people must answer pings while nobody commands.
class commands final : public mesh::bench::watcher {
 public:
  explicit commands(mesh::bench::reactor& events) : events_(events) {
    (void)::fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    events.add(STDIN_FILENO, *this);
  }
  // Nothing: the end.
  std::optional<std::string> next() {
    events_.run(mesh::bench::instant::max(), [this] { return ended_ || text_.contains('\n'); });
    const auto end = text_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    auto line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

 private:
  void on_ready(std::uint32_t) override {
    std::array<char, 65'536> piece;
    ssize_t count = 0;
    while ((count = ::read(STDIN_FILENO, piece.data(), piece.size())) > 0)
      text_.append(piece.data(), static_cast<std::size_t>(count));
    ended_ = count == 0;
  }
  mesh::bench::reactor& events_;
  std::string text_;
  bool ended_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
  }
  if (argc != 2) {
    std::cerr << "usage: mesh-chat-load PORT; commands come in on standard input\n";
    return 2;
  }
  mesh::bench::reactor events;
  mesh::bench::scenario play(events, static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)));
  commands input(events);
  while (const auto line = input.next()) {
    std::istringstream in(*line);
    std::string command;
    in >> command;
    if (command == "client") {
      std::string token;
      std::string room;
      in >> token >> room;
      play.add(std::move(token), std::move(room));
    } else if (command == "connect" || command == "storm") {
      std::cout << R"({"seconds":)" << (command == "storm" ? play.storm() : play.connect()) << '}'
                << std::endl;
    } else if (command == "chat") {
      double rate = 0;
      double seconds = 0;
      double login_rate = 0;
      in >> rate >> seconds >> login_rate;
      print(play.chat(rate, seconds, login_rate));
    } else {
      std::cerr << "unknown command: " << *line << '\n';
      return 2;
    }
  }
}
