#include "tests/fuzz/connection.hpp"

#include "core/base/escape.hpp"
#include "core/net/http_session.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace mesh::fuzz {
namespace {

namespace asio = boost::asio;

// Small, so that a short input reaches them.
net::http_server_limits small_limits() {
  net::http_server_limits bounds;
  bounds.header_bytes_max = 512;
  bounds.body_bytes_max = 128;
  bounds.ws.message_bytes_max = 256;
  return bounds;
}

void check(const net::http_request& request) {
  require(request.path.starts_with('/') && request.path.find('\0') == std::string::npos,
          "a path begins with a slash and holds no NUL");
  require(!("/" + request.path + "/").contains("/../") && !("/" + request.path + "/").contains("/./"),
          "a path has no dot segments");
  require(request.body.size() <= small_limits().body_bytes_max, "a body within its limit");
  require(request.headers.count("Host") <= 1, "one host at most");
  require(request.headers.count("Content-Length") + request.headers.count("Transfer-Encoding") <= 1,
          "one way to tell the end of a body");
  if (const auto coding = request.headers.find("Transfer-Encoding"))
    require(coding->size() == 7, "chunked is the only coding");
}

// The client's end of the socket pair.
class client {
 public:
  explicit client(int fd) : fd_(fd) {}
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() { ::close(fd_); }

  // False when the server has hung up.
  bool send(bytes_view piece) const {
    return ::send(fd_, piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
  }
  void end() const { ::shutdown(fd_, SHUT_WR); }

  void receive(std::string& into) const {
    std::array<char, 4096> chunk;
    ssize_t count = 0;
    while ((count = ::recv(fd_, chunk.data(), chunk.size(), MSG_DONTWAIT)) > 0)
      into.append(chunk.data(), static_cast<std::size_t>(count));
  }

 private:
  int fd_;
};

// Lasts as long as everything that runs on its loop.
class server {
 public:
  server() {
    context_.options.limits = small_limits();
    context_.on_request = [this](net::http_request request) { return answer(std::move(request)); };
    context_.options.on_refusal = [this](const net::http_request& request, const net::http_response&) {
      seen_.head_refused = request.method == "HEAD";
    };
    context_.on_upgrade = [this](net::http_request request) { return upgrade(std::move(request)); };
  }

  conversation run(const std::vector<bytes_view>& pieces) {
    std::array<int, 2> pair{};
    require(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0, "there are descriptors");
    const client peer(pair[0]);
    net::socket_type socket(loop_.get_executor());
    socket.assign(asio::ip::tcp::v4(), pair[1]);
    bool ended = false;
    asio::co_spawn(loop_, net::serve_connection(context_, net::any_stream(std::move(socket))),
                   [&ended](const std::exception_ptr& thrown) {
                     require(!thrown, "a session does not throw");
                     ended = true;
                   });
    step(peer);
    for (const auto piece : pieces) {
      if (!peer.send(piece)) break;
      step(peer);
    }
    peer.end();
    step(peer);
    require(ended, "a connection whose client has gone ends at once");
    return std::move(seen_);
  }

 private:
  void step(const client& peer) {
    loop_.restart();
    while (loop_.poll() > 0) peer.receive(seen_.sent);
    peer.receive(seen_.sent);
  }

  void note(const net::http_request& request, std::string_view how) {
    check(request);
    seen_.requests.push_back(std::string(how) + request.method + " " + request.path + " ?" + request.query +
                             " " + request.body);
  }

  io::task<net::http_response> answer(net::http_request request) {
    note(request, "");
    co_return net::http_response::json(200, "\"" + to_hex(as_bytes(request.path)) + "\"");
  }

  io::task<net::ws_decision> upgrade(net::http_request request) {
    note(request, "UPGRADE ");
    net::ws_decision decision;
    if (request.path == "/no")
      decision.refusal = net::http_response::failure(403, "forbidden", "not here");
    else
      decision.serve = [this](std::unique_ptr<net::ws_channel> channel) { return echo(std::move(channel)); };
    co_return decision;
  }

  io::task<> echo(std::unique_ptr<net::ws_channel> channel) {
    while (true) {
      auto message = co_await channel->receive();
      if (!message) break;
      require(message->size() <= small_limits().ws.message_bytes_max, "a message within its limit");
      require(valid_utf8(*message), "a message is UTF-8");
      channel->send(*message);
      seen_.messages.push_back(std::move(*message));
    }
    co_await channel->closed();
  }

  asio::io_context loop_{1};
  net::http_session_context context_;
  conversation seen_;
};

std::string_view take_line(std::string_view& text) {
  const auto end = text.find("\r\n");
  require(end != std::string_view::npos, "a line of an answer ends");
  const auto line = text.substr(0, end);
  require(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos, "a line is one line");
  text.remove_prefix(end + 2);
  return line;
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(failure == std::errc() && end == text.data() + text.size(), "a length is a number");
  return value;
}

http_answer read_answer(std::string_view& text, bool without_body) {
  http_answer out;
  const auto status = take_line(text);
  require(status.starts_with("HTTP/1.1 ") && status.size() > 13 && status[12] == ' ', "a status line");
  out.status = static_cast<unsigned>(number(status.substr(9, 3)));
  std::size_t length = 0;
  for (auto line = take_line(text); !line.empty(); line = take_line(text)) {
    if (line.starts_with("Content-Length: ")) length = number(line.substr(16));
    if (line == "Connection: close") out.closes = true;
  }
  if (!without_body) {
    require(text.size() >= length, "a body is as long as announced");
    out.body = text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

conversation talk(const std::vector<bytes_view>& pieces) {
  return server().run(pieces);
}

std::vector<bytes_view> cut(bytes_view data, std::size_t piece_bytes) {
  std::vector<bytes_view> pieces;
  for (; !data.empty(); data = data.subspan(pieces.back().size()))
    pieces.push_back(data.first(std::min(piece_bytes, data.size())));
  return pieces;
}

std::vector<http_answer> read_answers(const conversation& seen, std::string_view* rest) {
  std::string_view sent = seen.sent;
  std::vector<http_answer> out;
  std::size_t answered = 0;
  while (!sent.empty()) {
    const bool head =
        answered < seen.requests.size() ? seen.requests[answered].starts_with("HEAD ") : seen.head_refused;
    auto answer = read_answer(sent, head);
    if (answer.status == 100) continue;
    ++answered;
    require(out.empty() || !out.back().closes, "nothing follows an answer that closes");
    out.push_back(std::move(answer));
    if (out.back().status == 101 && rest != nullptr) {
      *rest = sent;
      break;
    }
  }
  return out;
}

}  // namespace mesh::fuzz
