#include "tests/bench/load/scenario.hpp"

#include <algorithm>
#include <charconv>

namespace mesh::bench {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using namespace std::chrono_literals;

constexpr auto patience = 60s;
constexpr auto drain = 5s;  // after the last message was sent
constexpr std::size_t login_connections = 256;
constexpr std::string_view text =
    "The quick brown fox jumps over the lazy dog; it does so once a second, and everybody hears it.";

double seconds_since(instant began) {
  return duration<double>(clock_now() - began).count();
}

}  // namespace

void scenario::add(std::string token, std::string room) {
  rooms_[room].push_back(clients_.size());
  clients_.push_back(std::make_unique<chat_client>(
      events_, port_, std::move(token), std::move(room),
      [this](const chat_client& who, std::string_view event) { hear(who, event); }));
}

double scenario::connect() {
  const auto began = clock_now();
  for (const auto& c : clients_) c->open();
  const bool all = events_.run(began + patience, [this] {
    return std::ranges::all_of(clients_, [](const auto& c) { return c->welcome(); });
  });
  return all ? seconds_since(began) : -1;
}

void scenario::hear(const chat_client& who, std::string_view event) {
  if (json_field(event, "type") != "chat.message") return;
  const auto payload = event.substr(std::min(event.find(R"("payload")"), event.size()));
  last_seq_[&who] = json_field(payload, "seq");
  const auto id = json_field(payload, "client_id");
  const auto dash = id.find('-');
  if (counting_ == nullptr || dash == std::string_view::npos) return;
  std::size_t run = 0;
  std::size_t number = 0;
  std::from_chars(id.data(), id.data() + dash, run);
  std::from_chars(id.data() + dash + 1, id.data() + id.size(), number);
  if (run != runs_ || number >= messages_.size()) return;
  auto& message = messages_[number];
  if (*message.room != who.room() || std::ranges::find(message.got, &who) != message.got.end()) {
    ++counting_->duplicates;
    return;
  }
  message.got.push_back(&who);
  ++counting_->delivered;
  counting_->microseconds.push_back(duration<double, std::micro>(clock_now() - message.due).count());
}

// Half of the guesses are for people that exist.
void scenario::guess(http_pool& logins, chat_figures& into) {
  const auto number = guesses_++;
  const std::string name = number % 2 == 0 ? "person" + std::to_string(number % clients_.size())
                                           : "nobody" + std::to_string(number);
  const std::string body = R"({"username":")" + name + R"(","password":"wrong-guess"})";
  if (!logins.request("POST", "/api/auth/login", {}, body,
                      [&into](int status, std::string_view) { ++into.logins[status]; }))
    ++into.logins_skipped;
}

chat_figures scenario::chat(double rate, double seconds, double login_rate) {
  chat_figures out;
  counting_ = &out;
  ++runs_;
  const auto count = static_cast<std::size_t>(rate * seconds);
  const auto guess_count = static_cast<std::size_t>(login_rate * seconds);
  messages_.clear();
  messages_.reserve(count);
  out.microseconds.reserve(count * 4);
  http_pool logins(events_, port_, login_connections);
  const auto began = clock_now() + 10ms;
  const auto due_of = [began](std::size_t index, double per_second) {
    return began +
           duration_cast<instant::duration>(duration<double>(static_cast<double>(index) / per_second));
  };
  std::size_t guessed = 0;
  const auto tick = [&] {
    const auto now = clock_now();
    while (messages_.size() < count && due_of(messages_.size(), rate) <= now) {
      const auto number = messages_.size();
      // A step that shares no factor with the number of people: everybody in turn, neighbours in other rooms.
      auto& who = *clients_[number * 331 % clients_.size()];
      messages_.push_back({due_of(number, rate), &who.room(), {}});
      out.expected += rooms_[who.room()].size();
      who.say(std::to_string(runs_) + "-" + std::to_string(number), text);
    }
    for (; guessed < guess_count && due_of(guessed, login_rate) <= now; ++guessed) guess(logins, out);
    auto next = instant::max();
    if (messages_.size() < count) next = due_of(messages_.size(), rate);
    if (guessed < guess_count) next = std::min(next, due_of(guessed, login_rate));
    return next;
  };
  const auto end = began + duration_cast<instant::duration>(duration<double>(seconds)) + drain;
  events_.run(
      end,
      [&] { return messages_.size() == count && out.delivered >= out.expected && guessed == guess_count; },
      tick);
  events_.run(clock_now() + drain, [&] { return logins.busy() == 0; });
  out.sent = messages_.size();
  std::ranges::sort(out.microseconds);
  counting_ = nullptr;
  return out;
}

double scenario::storm() {
  for (const auto& c : clients_) c->cut();
  http_pool http(events_, port_, 64);
  std::size_t open = 0;
  for (const auto& [room, members] : rooms_) {
    const auto body = R"({"client_id":"missed-)" + room + std::to_string(++runs_) + R"(","text":"missed"})";
    ++open;
    const auto target = "/api/rooms/" + room + "/messages";
    const auto& token = clients_[members.front()]->token();
    while (!http.request("POST", target, token, body,
                         [&open](int status, std::string_view) { open -= status / 100 == 2; }))
      events_.run(clock_now() + 1ms, [] { return false; });
  }
  if (!events_.run(clock_now() + patience, [&open] { return open == 0; })) return -1;

  const auto began = clock_now();
  for (const auto& c : clients_) c->open();
  std::vector<bool> asked(clients_.size());
  std::size_t caught_up = 0;
  http_pool readers(events_, port_, clients_.size());
  const auto ask_the_welcomed = [&] {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      const auto& c = *clients_[i];
      if (asked[i] || !c.welcome()) continue;
      const auto& seq = last_seq_[&c];
      const auto target = "/api/rooms/" + c.room() + "/messages?after=" + (seq.empty() ? "0" : seq);
      asked[i] = readers.request("GET", target, c.token(), {}, [&caught_up, &c](int, std::string_view body) {
        caught_up += body.contains("missed-" + c.room());
      });
    }
    return clock_now() + 2ms;
  };
  const bool all =
      events_.run(began + patience, [&] { return caught_up == clients_.size(); }, ask_the_welcomed);
  return all ? seconds_since(began) : -1;
}

}  // namespace mesh::bench
