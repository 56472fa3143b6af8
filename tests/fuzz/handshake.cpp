// The input is a script of lines: what a peer whose key is known says on its streams, and what time does
// meanwhile.
//   0 {…}   a message on its stream 0 (to 7); a "token" that is an object is signed as the server would
//   0=…     bytes as they are      0.  its end      0!  its reset      (a instead of 0: on our own control
//   stream) c       this device connects the session it may begin      s  and opens a stream in every session
//   t9      so many seconds pass   x  the connection ends      v  the server revokes the session
#include "agent/p2p/handshake.hpp"

#include "agent/p2p/node.hpp"
#include "core/base/log.hpp"
#include "core/capability/jws.hpp"
#include "core/capability/token.hpp"
#include "core/wire/frame.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <set>

namespace mesh::fuzz {
namespace {

constexpr std::size_t lines_max = 64;
constexpr std::int64_t start_seconds = 1'767'567'600;

// One stream: what the test keeps of it, whether or not the node still holds its end.
struct stream_core {
  p2p::stream_handler* handler = nullptr;
  bool held = true;  // by the node or the observer
  bool reset = false;
  std::size_t delivered = 0;
  std::size_t consumed = 0;
  bytes pending;  // came while nobody listened
  bool pending_end = false;
};

class memory_stream final : public p2p::byte_stream {
 public:
  explicit memory_stream(std::shared_ptr<stream_core> core) : core_(std::move(core)) {}
  ~memory_stream() override {
    core_->handler = nullptr;
    core_->held = false;
  }
  void set_handler(p2p::stream_handler* handler) override { core_->handler = handler; }
  std::size_t writable() const override { return limits::chunk_bytes; }
  void write(p2p::shared_bytes) override {}
  void finish() override {}
  void consume(std::size_t count) override {
    core_->consumed += count;
    require(core_->consumed <= core_->delivered, "nothing is given back that did not come");
  }
  void reset(std::uint64_t) override { core_->reset = true; }

 private:
  std::shared_ptr<stream_core> core_;
};

struct connection_core {
  p2p::connection_handler* handler = nullptr;
  std::deque<std::shared_ptr<stream_core>> opened;  // by the node
};

class memory_connection final : public p2p::connection {
 public:
  memory_connection(std::shared_ptr<connection_core> core, bool dialed)
      : core_(std::move(core)), key_(64, 'a'), dialed_(dialed) {}
  ~memory_connection() override { core_->handler = nullptr; }
  void set_handler(p2p::connection_handler* handler) override { core_->handler = handler; }
  const std::string& peer_key_sha256() const override { return key_; }
  p2p::udp_address peer_address() const override { return {}; }
  bool dialed() const override { return dialed_; }
  result<p2p::channel_binding> exporter(std::string_view, std::string_view) const override {
    p2p::channel_binding binding;
    binding.fill(std::byte{7});
    return binding;
  }
  result<std::unique_ptr<p2p::byte_stream>> open_stream() override {
    if (core_->opened.size() >= 32) return fail(errc::busy);
    return std::make_unique<memory_stream>(core_->opened.emplace_back(std::make_shared<stream_core>()));
  }
  void keep_alive(bool) override {}
  void close(std::uint64_t, std::string_view) override {}
  p2p::connection_stats stats() const override { return {}; }

 private:
  std::shared_ptr<connection_core> core_;
  std::string key_;
  bool dialed_;
};

class stage final : public p2p::dialer, public p2p::node_observer {
 public:
  stage() : node_(config(), *this, *this) {
    announce(1, capability::role::target);
    announce(2, capability::role::initiator);
    node_.accept(std::make_unique<memory_connection>(incoming_, false));
  }
  ~stage() override {
    opened_streams_.clear();
    run_posted();
  }

  void play(std::string_view line);

 private:
  // dialer
  std::uint64_t dial(const p2p::udp_address&, const std::string& key, done then) override {
    require(key == std::string(64, 'a'), "only the announced device is dialed");
    posted_.push_back([this, then = std::move(then)]() mutable {
      outgoing_ = std::make_shared<connection_core>();
      then(std::make_unique<memory_connection>(outgoing_, true));
    });
    return ++dials_;
  }
  void cancel(std::uint64_t) override {}

  // node_observer
  void on_session_open(const p2p::session_info& s) override {
    const auto& c = s.claims;
    require(s.self().device_id == mesh::device_id("device-b") && s.peer().key_sha256 == std::string(64, 'a'),
            "a session is between these two devices");
    require(s.own_role == capability::role::initiator || jtis_.insert(c.jti).second,
            "a token is accepted once");
    require(c.exp - c.iat <= 180 && from_unix_seconds(c.iat) <= now() + limits::clock_skew_max &&
                c.expires() + limits::clock_skew_max >= now(),
            "a token is accepted in its time");
    require(open_.insert(s.id()).second, "a session opens once");
  }
  void on_stream(const p2p::session_info& s, std::string_view purpose,
                 std::unique_ptr<p2p::byte_stream> stream, bytes_view initial) override {
    require(open_.contains(s.id()) && !paused_.contains(s.id()), "a stream belongs to a running session");
    require(p2p::purpose_fits(s.claims.kind, purpose), "a stream does what the session is for");
    stream->consume(initial.size());
    opened_streams_.push_back(std::move(stream));
  }
  void on_session_paused(const p2p::session_info& s) override { paused_.insert(s.id()); }
  void on_session_resumed(const p2p::session_info& s) override { paused_.erase(s.id()); }
  void on_renewal_due(const p2p::session_info&) override {}
  void on_session_closed(const p2p::session_info& s, const error&) override {
    require(open_.erase(s.id()) == 1, "a session closes once");
    paused_.erase(s.id());
  }

  p2p::node_config config();
  void announce(int number, capability::role own);
  static mesh::session_id session(int number) {
    return mesh::session_id("ses_0000000000000000000000000" + std::to_string(number));
  }
  wall_time now() const { return from_unix_seconds(start_seconds) + elapsed_; }
  std::string sign_tokens(std::string_view text) const;
  static void deliver(stream_core& s, bytes_view data, bool end);
  void speak(stream_core& s, std::string_view what);
  void run_posted() {
    for (int i = 0; i < 1000 && !posted_.empty(); ++i) {
      auto work = std::move(posted_.front());
      posted_.pop_front();
      work();
    }
    require(posted_.empty(), "work comes to an end");
  }

  static const crypto::signing_key& server_key() {
    static const auto key = crypto::signing_key::from_seed(bytes(32, std::byte{1})).value();
    return key;
  }

  std::deque<std::move_only_function<void()>> posted_;
  std::chrono::seconds elapsed_{0};
  std::shared_ptr<connection_core> incoming_ = std::make_shared<connection_core>();
  std::shared_ptr<connection_core> outgoing_ = std::make_shared<connection_core>();
  std::map<char, std::shared_ptr<stream_core>> streams_;
  std::vector<std::unique_ptr<p2p::byte_stream>> opened_streams_;
  std::set<std::string> jtis_;
  std::set<mesh::session_id> open_, paused_;
  std::uint64_t dials_ = 0;
  p2p::node node_;
};

p2p::node_config stage::config() {
  return {.device = mesh::device_id("device-b"),
          .key_sha256 = std::string(64, 'b'),
          .keys = capability::keyring(server_key().verifier()),
          .server_now = [this] { return now(); },
          .now = [this] { return steady_time(elapsed_ + std::chrono::hours(1)); },
          .post = [this](std::move_only_function<void()> work) { posted_.push_back(std::move(work)); },
          .replay = capability::replay_guard::for_new_key(),
          .save_replay = [](const std::string&) -> result<void> { return {}; }};
}

void stage::announce(int number, capability::role own) {
  const capability::party peer{mesh::user_id("usr_00000000000000000000000001"), mesh::device_id("device-a"),
                               std::string(64, 'a')};
  const capability::party self{mesh::user_id("usr_00000000000000000000000002"), mesh::device_id("device-b"),
                               std::string(64, 'b')};
  capability::claims c;
  c.iss = capability::issuer;
  c.jti = "own";
  c.iat = start_seconds;
  c.exp = start_seconds + 120;
  c.session_id = session(number);
  c.initiator = own == capability::role::initiator ? self : peer;
  c.target = own == capability::role::initiator ? peer : self;
  c.caps = {"share:file"};
  node_.announce({.id = c.session_id,
                  .kind = c.kind,
                  .own_role = own,
                  .peer = peer,
                  .room = {},
                  .token = capability::issue(c, server_key()),
                  .expires = c.expires()});
}

std::string stage::sign_tokens(std::string_view text) const {
  auto value = wire::parse_json(text, limits::json_message_bytes_max);
  if (!value || !value->is_object()) return std::string(text);
  auto* const token = value->get_object().if_contains("token");
  if (token == nullptr || !token->is_object()) return std::string(text);
  *token = capability::sign_jws(capability::capability_type, token->get_object(), server_key()).reveal();
  return wire::to_text(*value);
}

void stage::deliver(stream_core& s, bytes_view data, bool end) {
  s.pending.insert(s.pending.end(), data.begin(), data.end());
  s.pending_end = s.pending_end || end;
  if (s.handler == nullptr || !s.held || s.reset) return;
  const auto all = std::exchange(s.pending, {});
  s.delivered += all.size();
  s.handler->on_data(all, s.pending_end);
}

void stage::speak(stream_core& s, std::string_view what) {
  if (what.empty()) return;
  const auto rest = what.substr(1);
  switch (what[0]) {
    case ' ': {
      const auto text = sign_tokens(rest);
      return deliver(s, wire::json_frame(text), false);
    }
    case '=':
      return deliver(s, as_bytes(rest), false);
    case '.':
      return deliver(s, {}, true);
    case '!':
      if (s.handler != nullptr && s.held && !std::exchange(s.reset, true))
        s.handler->on_closed({errc::canceled, "reset", {}});
      return;
    default:
      return;
  }
}

void stage::play(std::string_view line) {
  if (line.empty()) return;
  const char who = line[0];
  const auto rest = line.substr(1);
  if (who >= '0' && who <= '7') {
    auto& s = streams_[who];
    if (!s && incoming_->handler != nullptr) {
      s = std::make_shared<stream_core>();
      incoming_->handler->on_stream(std::make_unique<memory_stream>(s));
    }
    if (const auto kept = s) speak(*kept, rest);
  } else if (who == 'a') {
    if (!outgoing_->opened.empty()) {
      const auto kept = outgoing_->opened.front();
      speak(*kept, rest);
    }
  } else if (who == 'c') {
    node_.connect(session(2), {p2p::make_udp_address("192.0.2.1", 4000).value()}, [](auto) {});
  } else if (who == 's') {
    const auto sessions = open_;
    for (const auto& id : sessions)
      if (auto stream = node_.open_stream(id, "file")) opened_streams_.push_back(std::move(*stream));
  } else if (who == 't') {
    int seconds = 0;
    std::from_chars(rest.data(), rest.data() + std::min<std::size_t>(rest.size(), 3), seconds);
    elapsed_ += std::chrono::seconds(std::clamp(seconds, 0, 999));
    node_.tick();
  } else if (who == 'v') {
    node_.revoke_session(session(1), "test");
  } else if (who == 'x') {
    for (auto& [name, s] : streams_)
      if (s && s->handler != nullptr && s->held && !std::exchange(s->reset, true))
        s->handler->on_closed({errc::connection_lost, "gone", {}});
    if (auto* const handler = std::exchange(incoming_->handler, nullptr))
      handler->on_closed({errc::connection_lost, "gone", {}});
  }
  run_posted();
}

}  // namespace

void handshake(bytes_view data) {
  static const bool quiet = log::configure("error").has_value();
  require(quiet, "logs can be turned down");
  stage s;
  auto script = as_text(data);
  for (std::size_t i = 0; i < lines_max && !script.empty(); ++i) {
    const auto end = std::min(script.find('\n'), script.size());
    s.play(script.substr(0, end));
    script.remove_prefix(std::min(end + 1, script.size()));
  }
}

}  // namespace mesh::fuzz
