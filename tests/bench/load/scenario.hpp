// What a thousand people do: connect, write to each other at a steady rate, lose the server and come back.
#pragma once
#include "tests/bench/load/chat_client.hpp"
#include "tests/bench/load/http_pool.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mesh::bench {

struct chat_figures {
  std::size_t sent = 0;
  std::size_t expected = 0;           // deliveries
  std::size_t delivered = 0;          // each once
  std::size_t duplicates = 0;         // and deliveries in the wrong room
  std::vector<double> microseconds;   // from when it should have been sent to its arrival, sorted
  std::map<int, std::size_t> logins;  // by HTTP status
  std::size_t logins_skipped = 0;     // because every connection still waited for an answer
};

class scenario {
 public:
  scenario(reactor& events, std::uint16_t port) : events_(events), port_(port) {}

  void add(std::string token, std::string room);

  // Seconds until all are welcomed; negative: not within a minute.
  double connect();
  // Open loop: `rate` messages a second from everybody in turn, whatever the server does, and beside them
  // wrong passwords at `login_rate`.
  chat_figures chat(double rate, double seconds, double login_rate);
  // All vanish at once, one message goes to every room, all come back: seconds until each was welcomed and
  // has read what it missed; negative: not within a minute.
  double storm();

 private:
  struct sent_message {
    instant due;
    const std::string* room;
    std::vector<const chat_client*> got;
  };
  void hear(const chat_client& who, std::string_view event);
  void guess(http_pool& logins, chat_figures& into);

  reactor& events_;
  std::uint16_t port_;
  std::vector<std::unique_ptr<chat_client>> clients_;
  std::map<std::string, std::vector<std::size_t>> rooms_;
  std::vector<sent_message> messages_;
  chat_figures* counting_ = nullptr;
  std::map<const chat_client*, std::string> last_seq_;
  std::size_t runs_ = 0;
  std::size_t guesses_ = 0;
};

}  // namespace mesh::bench
