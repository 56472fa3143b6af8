// The streams of a browser's connection that are HTTP/3's own. Included by browser_connection.cpp and
// http3_streams.cpp only.
#pragma once
#include "agent/p2p/webtransport/browser_connection.hpp"
#include "agent/p2p/webtransport/item_reader.hpp"

namespace mesh::webtransport {

// A stream whose first bytes, which say what it is, have not all come.
class unread_stream final : public p2p::stream_handler {
 public:
  unread_stream(browser_connection& owner, std::unique_ptr<p2p::byte_stream> raw);
  bool unidirectional() const noexcept { return (raw->id() & 2) != 0; }

  std::unique_ptr<p2p::byte_stream> raw;

 private:
  void on_data(bytes_view data, bool fin) override;
  void on_writable() override {}
  void on_closed(const error& reason) override;

  browser_connection& owner_;
  bytes head_;
};

// QPACK's streams: without a dynamic table there is nothing on them that matters.
class drained_stream final : public p2p::stream_handler {
 public:
  explicit drained_stream(std::unique_ptr<p2p::byte_stream> raw);

 private:
  void on_data(bytes_view data, bool) override { raw_->consume(data.size()); }
  void on_writable() override {}
  void on_closed(const error&) override {}

  std::unique_ptr<p2p::byte_stream> raw_;
};

// The control stream of the browser: SETTINGS first, then whatever it likes, to its end.
class peer_control_stream final : public p2p::stream_handler {
 public:
  peer_control_stream(browser_connection& owner, std::unique_ptr<p2p::byte_stream> raw);
  void take(bytes_view data);

 private:
  void on_data(bytes_view data, bool fin) override;
  void on_writable() override {}
  void on_closed(const error& reason) override;
  result<item_reader::care> on_frame(std::uint64_t type);

  browser_connection& owner_;
  std::unique_ptr<p2p::byte_stream> raw_;
  item_reader frames_;
  bool settings_seen_ = false;
  std::uint64_t fault_ = 0;  // code of HTTP/3
};

// A request: the CONNECT of a session, with the capsules of that session behind it, or one to be refused.
class request_stream final : public p2p::stream_handler {
 public:
  request_stream(browser_connection& owner, std::unique_ptr<p2p::byte_stream> raw);
  void take(bytes_view data);
  std::uint64_t number() const noexcept { return static_cast<std::uint64_t>(raw_->id()); }
  void answer(int status);
  void refuse(int status);
  // CLOSE_WEBTRANSPORT_SESSION and the end of the stream.
  void close(std::uint32_t code, std::string_view reason);

 private:
  void on_data(bytes_view data, bool fin) override;
  void on_writable() override {}
  void on_closed(const error& reason) override;
  result<item_reader::care> on_frame(std::uint64_t type);
  result<void> on_headers(bytes_view value);
  result<void> on_close_capsule(bytes_view value);
  void send(bytes data);

  browser_connection& owner_;
  std::unique_ptr<p2p::byte_stream> raw_;
  item_reader frames_;
  item_reader capsules_;
  bool headers_seen_ = false;
  std::uint64_t fault_ = 0;
  std::optional<error> over_;
};

}  // namespace mesh::webtransport
