// mesh-impair: a UDP proxy on loopback that makes a network bad, to try transfers by hand. Every --to gets
// a port of its own; all of them share one link in each direction, so that two flows can fight for it.
// SIGUSR1 gives every sender another source port towards the target, as a NAT does that forgot its table.
#include "tests/net/impaired_link.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <poll.h>
#include <queue>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using mesh::net_test::impaired_link;
using mesh::net_test::impairment;
using mesh::net_test::instant;

volatile std::sig_atomic_t rebind_wanted = 0;
volatile std::sig_atomic_t stop_wanted = 0;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

int open_socket() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const auto any = loopback(0);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) die("UDP socket");
  const int size = 4 * 1024 * 1024;
  (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0) die("getsockname");
  return ntohs(at.sin_port);
}

struct front_port;

// One that sends through us: its own socket towards the target, and where answers go.
struct flow {
  front_port* front;  // where it sends to
  sockaddr_in sender;
  sockaddr_in target;
  int out = open_socket();
};

struct front_port {
  int fd;
  sockaddr_in target;
  std::uint64_t bytes = 0;                               // that reached the target
  std::map<std::uint16_t, std::unique_ptr<flow>> flows;  // by the sender's port
};

struct in_flight {
  instant due;
  std::uint64_t number;  // first in, first out at the same instant
  std::string data;
  const flow* through;
  bool towards_target;
  bool operator>(const in_flight& other) const {
    return due != other.due ? due > other.due : number > other.number;
  }
};

class proxy {
 public:
  proxy(const std::vector<std::uint16_t>& targets, const impairment& what, std::uint32_t seed)
      : links_{impaired_link(what, seed), impaired_link(what, seed + 1)} {
    for (const auto port : targets)
      fronts_.push_back({.fd = open_socket(), .target = loopback(port), .flows = {}});
    for (const auto& f : fronts_) std::printf("listening %u\n", unsigned{port_of(f.fd)});
    std::fflush(stdout);
  }

  void run() {
    while (stop_wanted == 0) {
      if (rebind_wanted != 0) rebind();
      wait();
      for (auto& front : fronts_) {
        read_front(front);
        for (auto& [port, f] : front.flows) read_answers(*f);
      }
      send_due();
    }
    for (const auto& front : fronts_)
      std::printf("port %u bytes %llu\n", unsigned{port_of(front.fd)},
                  static_cast<unsigned long long>(front.bytes));
    for (const auto& link : links_)
      std::fprintf(stderr, "lost %llu, queue full %llu\n", static_cast<unsigned long long>(link.lost()),
                   static_cast<unsigned long long>(link.overflown()));
  }

 private:
  void wait() {
    std::vector<pollfd> all;
    for (const auto& front : fronts_) {
      all.push_back({front.fd, POLLIN, 0});
      for (const auto& [port, f] : front.flows) all.push_back({f->out, POLLIN, 0});
    }
    timespec patience{1, 0};
    if (!waiting_.empty()) {
      const auto left = std::max(waiting_.top().due - std::chrono::steady_clock::now(), instant::duration(0));
      if (left < std::chrono::seconds(1))
        patience = {0, static_cast<long>(std::chrono::nanoseconds(left).count())};
    }
    if (::ppoll(all.data(), all.size(), &patience, nullptr) < 0 && errno != EINTR) die("poll");
  }

  void read_front(front_port& front) {
    for (int i = 0; i < 256; ++i) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto count =
          ::recvfrom(front.fd, buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (count < 0) return;
      auto& known = front.flows[from.sin_port];
      if (!known) known.reset(new flow{.front = &front, .sender = from, .target = front.target});
      put(static_cast<std::size_t>(count), *known, true);
    }
  }
  void read_answers(const flow& f) {
    for (int i = 0; i < 256; ++i) {
      const auto count = ::recv(f.out, buffer_.data(), buffer_.size(), 0);
      if (count < 0) return;
      put(static_cast<std::size_t>(count), f, false);
    }
  }
  void put(std::size_t size, const flow& through, bool towards_target) {
    const auto out = links_[towards_target ? 0 : 1].enter(size, std::chrono::steady_clock::now());
    if (out) waiting_.push({*out, ++numbers_, std::string(buffer_.data(), size), &through, towards_target});
  }
  void send_due() {
    const auto now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && waiting_.top().due <= now) {
      const auto& next = waiting_.top();
      const auto& to = next.towards_target ? next.through->target : next.through->sender;
      const int by = next.towards_target ? next.through->out : next.through->front->fd;
      if (next.towards_target) next.through->front->bytes += next.data.size();
      (void)::sendto(by, next.data.data(), next.data.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                     sizeof to);
      waiting_.pop();
    }
  }
  void rebind() {
    rebind_wanted = 0;
    for (auto& front : fronts_) {
      for (auto& [port, f] : front.flows) {
        ::close(f->out);
        f->out = open_socket();
      }
    }
    std::puts("rebound");
    std::fflush(stdout);
  }

  std::array<impaired_link, 2> links_;
  std::vector<front_port> fronts_;
  std::priority_queue<in_flight, std::vector<in_flight>, std::greater<>> waiting_;
  std::array<char, 65'536> buffer_;
  std::uint64_t numbers_ = 0;
};

[[noreturn]] void usage() {
  std::fputs(
      "usage: mesh-impair --to PORT [--to PORT] [--delay-ms N] [--jitter-ms N] [--loss PERCENT] [--reorder "
      "PERCENT]\n"
      "                   [--rate MBIT] [--queue BYTES] [--mtu BYTES] [--seed N]\n"
      "prints \"listening PORT\" for each --to; each direction has the delay, loss and rate\n",
      stderr);
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::uint16_t> targets;
  impairment what;
  std::uint32_t seed = 1;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 >= argc) usage();
    char* end = nullptr;
    const double value = std::strtod(argv[i + 1], &end);
    if (*end != '\0' || value < 0) usage();
    if (name == "--to")
      targets.push_back(static_cast<std::uint16_t>(value));
    else if (name == "--delay-ms")
      what.delay = std::chrono::microseconds(static_cast<long>(value * 1000));
    else if (name == "--jitter-ms")
      what.jitter = std::chrono::microseconds(static_cast<long>(value * 1000));
    else if (name == "--loss")
      what.loss = value / 100;
    else if (name == "--reorder")
      what.reorder = value / 100;
    else if (name == "--rate")
      what.rate = value * 1e6;
    else if (name == "--queue")
      what.queue = static_cast<std::size_t>(value);
    else if (name == "--mtu")
      what.mtu = static_cast<std::size_t>(value);
    else if (name == "--seed")
      seed = static_cast<std::uint32_t>(value);
    else
      usage();
  }
  if (targets.empty()) usage();
  struct sigaction action{};
  action.sa_handler = [](int which) {
    if (which == SIGUSR1)
      rebind_wanted = 1;
    else
      stop_wanted = 1;
  };
  for (const int which : {SIGUSR1, SIGTERM, SIGINT}) (void)::sigaction(which, &action, nullptr);
  proxy(targets, what, seed).run();
  return 0;
}
