#include "tests/bench/load/http_pool.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mesh::bench {
namespace {

// Of "name: N" in a head; 0: none. Header names have no case (RFC 9110).
std::size_t content_length(std::string_view head) {
  static constexpr std::string_view name = "\r\ncontent-length:";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  const auto found = std::ranges::search(head, name, same);
  if (found.empty()) return 0;
  const std::string_view rest(found.end(), head.end());
  const auto digits = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
  std::size_t size = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), size);
  return size;
}

}  // namespace

class http_pool::connection final : public socket {
 public:
  using socket::socket;
  bool free() const noexcept { return !done_; }
  void ask(std::uint16_t port, std::string_view text, answered done) {
    done_ = std::move(done);
    if (!is_open()) connect(port);
    send(text);
  }

 private:
  void on_data(std::string& received) override {
    const auto end = received.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const auto size = content_length(std::string_view(received).substr(0, end + 2));
    if (received.size() < end + 4 + size) return;
    int status = 0;
    std::from_chars(received.data() + 9, received.data() + 12, status);
    const auto body = received.substr(end + 4, size);
    const bool closing = received.contains("onnection: close");
    received.clear();
    if (closing) cut();
    if (done_) std::exchange(done_, {})(status, body);
  }
  void on_closed() override {
    if (done_) std::exchange(done_, {})(0, {});
  }
  answered done_;
};

http_pool::http_pool(reactor& events, std::uint16_t port, std::size_t connections_max)
    : events_(events), port_(port), connections_max_(connections_max) {}
http_pool::~http_pool() = default;

bool http_pool::request(std::string_view method, std::string_view target, std::string_view token,
                        std::string_view body, answered done) {
  auto found = std::ranges::find_if(all_, [](const auto& c) { return c->free(); });
  if (found == all_.end()) {
    if (all_.size() >= connections_max_) return false;
    found = all_.insert(all_.end(), std::make_unique<connection>(events_));
  }
  std::string text(method);
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost:" + std::to_string(port_));
  if (!token.empty()) text.append("\r\nAuthorization: Bearer ").append(token);
  if (!body.empty())
    text.append("\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()));
  text.append("\r\n\r\n").append(body);
  (*found)->ask(port_, text, std::move(done));
  return true;
}

std::size_t http_pool::busy() const {
  return static_cast<std::size_t>(std::ranges::count_if(all_, [](const auto& c) { return !c->free(); }));
}

}  // namespace mesh::bench
