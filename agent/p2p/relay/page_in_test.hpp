// The initiator's end of a relayed connection, for tests and the fuzz target: what a page says and hears.
#pragma once
#include "agent/p2p/relay/link.hpp"
#include "core/crypto/p256.hpp"
#include "tests/support/browser_key.hpp"

#include <deque>
#include <string>
#include <vector>

namespace mesh::relay::test {

// A link, whoever owns its connection, and the frames that came back. The handshake is played at once.
struct relay_world final : p2p::connection_handler {
  struct seen final : p2p::stream_handler {
    explicit seen(std::unique_ptr<p2p::byte_stream> s) : stream(std::move(s)) { stream->set_handler(this); }
    void on_data(bytes_view more, bool last) override {
      data.insert(data.end(), more.begin(), more.end());
      fin = fin || last;
      if (reads) stream->consume(more.size());
    }
    void on_writable() override { ++rooms; }
    void on_closed(const error& reason) override { closed = reason; }

    std::unique_ptr<p2p::byte_stream> stream;
    bytes data;
    bool fin = false;
    bool reads = true;
    int rooms = 0;
    std::optional<error> closed;
  };
  struct heard {
    frame_kind kind;
    std::uint32_t stream;
    bytes body;
  };

  explicit relay_world(bool shake_hands = true) {
    announced.id = mesh::session_id("ses_0123456789ABCDEFGHJKMNPQRS");
    announced.token = secret("header.claims.signature");
    announced.peer.key_sha256 =
        crypto::p256_public_key::from_spki(from_base64url(page.public_key()).value()).value().fingerprint();
    agent = std::make_shared<link>(announced, device,
                                   link::calls{.post = [this](auto job) { work.push_back(std::move(job)); },
                                               .wake = [this] { ++wakes; },
                                               .connected =
                                                   [this](std::unique_ptr<p2p::connection> made) {
                                                     connection = std::move(made);
                                                     connection->set_handler(this);
                                                   }});
    if (shake_hands) greet();
  }
  ~relay_world() override {
    streams.clear();
    connection.reset();
    run();
  }

  void on_stream(std::unique_ptr<p2p::byte_stream> stream) override {
    streams.push_back(std::make_unique<seen>(std::move(stream)));
    streams.back()->reads = reads;
  }
  void on_closed(const error& reason) override { closed = reason; }

  void run() {
    while (!work.empty()) {
      auto next = std::move(work.front());
      work.pop_front();
      next();
    }
  }

  bytes proof_over(bytes_view target_point) const {
    auto out = from_base64url(page.public_key()).value();
    const auto text = signed_text(announced.id, own.point(), target_point);
    const auto signature = from_base64url(page.sign(as_text(text))).value();
    out.insert(out.end(), signature.begin(), signature.end());
    return out;
  }
  void greet() {
    (void)agent->take(own.point());
    const auto answer = agent->next().value();
    const auto theirs = bytes_view(answer).first(65);
    keys = derive_keys(own.agree(theirs).value(), announced.token.reveal());
    to_agent.emplace(keys.to_target);
    from_agent.emplace(keys.to_initiator);
    (void)agent->take(proof_over(theirs));
  }
  result<void> says(const frame& f) { return says(render_frame(f)); }
  result<void> says(const bytes& inside) {
    auto taken = agent->take(to_agent->seal(inside));
    run();
    return taken;
  }
  // Everything that the agent has to send now.
  std::vector<heard> hears() {
    std::vector<heard> all;
    run();
    while (const auto message = agent->next()) {
      const auto inside = from_agent->open(*message).value();
      const auto f = parse_frame(inside).value();
      all.push_back({f.kind, f.stream, to_bytes(f.body)});
      run();
    }
    return all;
  }

  testing_support::browser_key page;
  crypto::signing_key device = crypto::signing_key::generate();
  p2p::announced_session announced;
  crypto::p256_exchange own = crypto::p256_exchange::generate();
  session_keys keys;
  std::optional<sealer> to_agent;
  std::optional<opener> from_agent;
  std::deque<std::move_only_function<void()>> work;
  int wakes = 0;
  bool reads = true;
  std::shared_ptr<link> agent;
  std::unique_ptr<p2p::connection> connection;
  std::vector<std::unique_ptr<seen>> streams;
  std::optional<error> closed;
};

}  // namespace mesh::relay::test
