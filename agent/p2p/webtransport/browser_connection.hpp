// A browser's connection: HTTP/3 with one WebTransport session on it (draft-ietf-webtrans-http3, as Chromium
// and Firefox speak it), which the rest of the agent sees as a connection like any other.
#pragma once
#include "agent/p2p/http3_carrier.hpp"
#include "agent/p2p/webtransport/browser_stream.hpp"
#include "agent/p2p/webtransport/connect_request.hpp"

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::webtransport {

inline constexpr const char* alpn = "h3";
inline constexpr const char* session_path = "/mesh";

// allows_origin: whether a page of this origin may open a session. greeting: all that the agent's first
// stream says, one way, as soon as the session is open. post: runs work later on the network thread.
struct browser_options {
  p2p::key_challenge challenge;
  bytes greeting;
  std::function<bool(const std::string& origin)> allows_origin;
  poster post;
};

class request_stream;
class peer_control_stream;
class unread_stream;
class drained_stream;

class browser_connection final : public p2p::connection, private p2p::connection_handler {
 public:
  browser_connection(std::unique_ptr<p2p::http3_carrier> carrier, browser_options options);
  ~browser_connection() override;

  void set_handler(p2p::connection_handler* handler) override;
  const std::string& peer_key_sha256() const override { return no_key_; }
  std::optional<p2p::key_challenge> challenge() const override { return options_.challenge; }
  p2p::udp_address peer_address() const override { return carrier_->peer_address(); }
  bool dialed() const override { return false; }
  result<p2p::channel_binding> exporter(std::string_view label, std::string_view context) const override {
    return carrier_->exporter(label, context);
  }
  // Errors: busy before the page has opened its session, connection_lost after it.
  result<std::unique_ptr<p2p::byte_stream>> open_stream() override;
  // Nothing goes out before the page has opened its session.
  void send_datagram(bytes_view data) override;
  void keep_alive(bool on) override { carrier_->keep_alive(on); }
  void close(std::uint64_t code, std::string_view reason) override;
  p2p::connection_stats stats() const override { return carrier_->stats(); }

 private:
  friend class request_stream;
  friend class peer_control_stream;
  friend class unread_stream;
  friend class drained_stream;

  enum class phase : std::uint8_t { waiting, open, over };

  // connection_handler
  void on_stream(std::unique_ptr<p2p::byte_stream> stream) override;
  void on_datagram(bytes_view data) override;
  void on_closed(const error& reason) override;

  // What the first bytes of a stream turn it into. rest: what came behind them, not consumed.
  void take_unidirectional(unread_stream& from, std::uint64_t type, bytes_view rest);
  void take_request(unread_stream& from, bytes_view whole);
  void take_of_session(unread_stream& from, std::uint64_t session, bytes_view rest);
  std::unique_ptr<p2p::byte_stream> release(unread_stream& from);

  // Of the session.
  int judge(const connect_request& request) const;
  void on_request(request_stream& from, const connect_request& request);
  void open_session(request_stream& by);
  void on_request_over(request_stream& from, const error& reason);
  void deliver(std::unique_ptr<p2p::byte_stream> stream);
  void tell();
  // The peer broke HTTP/3: CONNECTION_CLOSE with this code.
  void violated(std::uint64_t code, const std::string& what);
  void end(const error& reason);
  template <class T>
  void bury(T thing) {
    if (thing) options_.post([held = std::move(thing)] {});
  }

  std::unique_ptr<p2p::http3_carrier> carrier_;
  browser_options options_;
  const std::string no_key_;
  phase phase_ = phase::waiting;
  bool closing_ = false;  // the last words of the session were said
  p2p::connection_handler* handler_ = nullptr;
  std::unique_ptr<p2p::byte_stream> own_control_;
  std::unique_ptr<p2p::byte_stream> greeting_;
  std::unique_ptr<peer_control_stream> peer_control_;
  std::list<std::unique_ptr<unread_stream>> unread_;
  std::list<std::unique_ptr<drained_stream>> drained_;
  std::list<std::unique_ptr<request_stream>> requests_;
  request_stream* session_ = nullptr;
  // Streams that came before their session, with its number, or before anybody holds the connection.
  std::vector<std::pair<std::uint64_t, std::unique_ptr<p2p::byte_stream>>> early_;
  session_fate fate_ = std::make_shared<std::optional<error>>();
  std::optional<error> reason_;  // to be told to the handler
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace mesh::webtransport
