// A QUIC connection in memory whose other end is a test that plays the browser, byte by byte.
#pragma once
#include "agent/p2p/webtransport/browser_connection.hpp"
#include "agent/p2p/webtransport/error_code.hpp"
#include "agent/p2p/webtransport/varint.hpp"
#include "core/base/limits.hpp"

#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <nghttp3/nghttp3.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mesh::webtransport::test {

inline const std::string page_origin = "https://mesh.example";

// A HEADERS frame as a browser makes it: QPACK with Huffman codes, without dynamic table.
inline bytes headers_frame(const std::vector<std::pair<std::string, std::string>>& fields) {
  const auto* const memory = nghttp3_mem_default();
  nghttp3_qpack_encoder* encoder = nullptr;
  nghttp3_qpack_encoder_new(&encoder, 0, memory);
  std::vector<nghttp3_nv> native;
  for (const auto& [name, value] : fields)
    native.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
                      value.size(), NGHTTP3_NV_FLAG_NONE});
  nghttp3_buf prefix, section, instructions;
  for (auto* buffer : {&prefix, &section, &instructions}) nghttp3_buf_init(buffer);
  nghttp3_qpack_encoder_encode(encoder, &prefix, &section, &instructions, 0, native.data(), native.size());
  bytes value;
  for (const auto* buffer : {&prefix, &section}) {
    const auto view = std::as_bytes(std::span(buffer->pos, buffer->last));
    value.insert(value.end(), view.begin(), view.end());
  }
  for (auto* buffer : {&prefix, &section, &instructions}) nghttp3_buf_free(buffer, memory);
  nghttp3_qpack_encoder_del(encoder);
  bytes out;
  append_varint(out, 1);
  append_varint(out, value.size());
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

inline bytes connect_request_frame() {
  return headers_frame({{":scheme", "https"},
                        {":method", "CONNECT"},
                        {":authority", "127.0.0.1:5000"},
                        {":path", "/mesh"},
                        {":protocol", "webtransport"},
                        {"sec-webtransport-http3-draft02", "1"},
                        {"origin", page_origin}});
}

// The control stream as Chromium begins it: SETTINGS, then a frame to be ignored.
inline bytes peer_control_opening() {
  return from_hex(
             "00"
             "0411"
             "0180010000"
             "0780000064"
             "3301"
             "ab60374201"
             "40ff00")
      .value();
}

using work_queue = std::deque<std::move_only_function<void()>>;

struct memory_half {
  std::int64_t id = 0;
  p2p::stream_handler* handler = nullptr;
  bytes arrived;  // not told yet
  bool fin_arrived = false;
  std::optional<error> ended;
  bytes sent;
  bool finished = false;
  std::optional<std::uint64_t> reset;
  std::size_t unconsumed = 0;

  void tell() {
    if (handler == nullptr || reset) return;
    if (ended) {
      std::exchange(handler, nullptr)->on_closed(*ended);
    } else if (!arrived.empty() || fin_arrived) {
      const auto data = std::exchange(arrived, {});
      unconsumed += data.size();
      handler->on_data(data, fin_arrived);
    }
  }
};

class memory_raw_stream final : public p2p::byte_stream {
 public:
  memory_raw_stream(work_queue& work, std::shared_ptr<memory_half> half)
      : work_(work), half_(std::move(half)) {}
  ~memory_raw_stream() override {
    half_->handler = nullptr;
    if (!half_->finished && !half_->reset) half_->reset = 0;
  }
  void set_handler(p2p::stream_handler* handler) override {
    half_->handler = handler;
    if (handler != nullptr) work_.emplace_back([half = half_] { half->tell(); });
  }
  std::size_t writable() const override { return limits::chunk_bytes; }
  void write(p2p::shared_bytes data) override {
    half_->sent.insert(half_->sent.end(), data.data.begin(), data.data.end());
  }
  void finish() override { half_->finished = true; }
  void consume(std::size_t count) override { half_->unconsumed -= std::min(count, half_->unconsumed); }
  void reset(std::uint64_t code) override {
    if (!half_->reset) half_->reset = code;
  }
  std::int64_t id() const noexcept override { return half_->id; }

 private:
  work_queue& work_;
  std::shared_ptr<memory_half> half_;
};

// What both ends share.
struct memory_quic {
  work_queue work;
  std::map<std::int64_t, std::shared_ptr<memory_half>> streams;
  p2p::connection_handler* handler = nullptr;
  std::vector<bytes> datagrams;  // sent here
  std::optional<std::uint64_t> closed_with;
  bool closes_soon = false;
  std::int64_t next_bidirectional = 1;
  std::int64_t next_unidirectional = 3;

  void close(std::uint64_t code) {
    if (closed_with) return;
    closed_with = code;
    work.emplace_back([this] {
      for (auto& [id, half] : streams) {
        half->ended = error{errc::canceled, "closed here", {}};
        half->tell();
      }
      if (handler != nullptr) std::exchange(handler, nullptr)->on_closed({errc::canceled, "closed here", {}});
    });
  }
};

class memory_carrier final : public p2p::http3_carrier {
 public:
  explicit memory_carrier(memory_quic& quic) : quic_(quic) {}
  ~memory_carrier() override { quic_.handler = nullptr; }
  void set_handler(p2p::connection_handler* handler) override { quic_.handler = handler; }
  const std::string& peer_key_sha256() const override { return key_; }
  p2p::udp_address peer_address() const override { return {}; }
  bool dialed() const override { return false; }
  result<p2p::channel_binding> exporter(std::string_view, std::string_view) const override {
    return p2p::channel_binding{};
  }
  result<std::unique_ptr<p2p::byte_stream>> open_stream() override { return open(quic_.next_bidirectional); }
  result<std::unique_ptr<p2p::byte_stream>> open_unidirectional() override {
    return open(quic_.next_unidirectional);
  }
  void keep_alive(bool) override {}
  void send_datagram(bytes_view data) override { quic_.datagrams.push_back(to_bytes(data)); }
  void close(std::uint64_t code, std::string_view) override { quic_.close(code); }
  void close_soon(std::uint64_t, std::string_view) override { quic_.closes_soon = true; }
  p2p::connection_stats stats() const override { return {}; }

 private:
  std::unique_ptr<p2p::byte_stream> open(std::int64_t& next) {
    auto half = std::make_shared<memory_half>();
    half->id = std::exchange(next, next + 4);
    quic_.streams[half->id] = half;
    return std::make_unique<memory_raw_stream>(quic_.work, half);
  }
  memory_quic& quic_;
  std::string key_;
};

// One browser's connection and what its owner sees of it.
struct browser_world final : p2p::connection_handler {
  struct seen final : p2p::stream_handler {
    explicit seen(std::unique_ptr<p2p::byte_stream> s) : stream(std::move(s)) { stream->set_handler(this); }
    void on_data(bytes_view more, bool last) override {
      data.insert(data.end(), more.begin(), more.end());
      fin = fin || last;
      stream->consume(more.size());
    }
    void on_writable() override {}
    void on_closed(const error& reason) override { closed = reason; }

    std::unique_ptr<p2p::byte_stream> stream;
    bytes data;
    bool fin = false;
    std::optional<error> closed;
  };

  explicit browser_world(std::string from = page_origin) {
    connection = std::make_unique<browser_connection>(
        std::make_unique<memory_carrier>(quic),
        browser_options{.challenge = {},
                        .greeting = to_bytes(as_bytes("greeting")),
                        .allows_origin = [from](const std::string& origin) { return origin == from; },
                        .post = [this](auto work) { quic.work.push_back(std::move(work)); }});
    connection->set_handler(this);
  }
  ~browser_world() override {
    streams.clear();
    connection.reset();
    run();
  }

  void on_stream(std::unique_ptr<p2p::byte_stream> stream) override {
    streams.push_back(std::make_unique<seen>(std::move(stream)));
  }
  void on_datagram(bytes_view data) override { datagrams.emplace_back(as_text(data)); }
  void on_closed(const error& reason) override { closed = reason; }

  void run() {
    while (!quic.work.empty()) {
      auto next = std::move(quic.work.front());
      quic.work.pop_front();
      next();
    }
  }
  void peer_writes(std::int64_t id, const bytes& data, bool fin = false) {
    quic.work.emplace_back([this, id, data, fin] {
      auto half = quic.streams[id];
      if (!half) {
        half = quic.streams[id] = std::make_shared<memory_half>();
        half->id = id;
        if (quic.handler != nullptr)
          quic.handler->on_stream(std::make_unique<memory_raw_stream>(quic.work, half));
      }
      if (half->reset || half->ended) return;
      half->arrived.insert(half->arrived.end(), data.begin(), data.end());
      half->fin_arrived = half->fin_arrived || fin;
      half->tell();
    });
  }
  void peer_resets(std::int64_t id, std::uint64_t code) {
    quic.work.emplace_back([this, id, code] {
      quic.streams[id]->ended = meaning_of(code);
      quic.streams[id]->tell();
    });
  }
  void peer_sends_datagram(const bytes& data) {
    quic.work.emplace_back([this, data] {
      if (quic.handler != nullptr) quic.handler->on_datagram(data);
    });
  }
  void peer_settings() { peer_writes(2, peer_control_opening()); }
  void open_session(bool with_settings = true) {
    if (with_settings) peer_settings();
    peer_writes(0, connect_request_frame());
    run();
  }

  const bytes& sent_on(std::int64_t id) { return quic.streams.at(id)->sent; }
  bool finished(std::int64_t id) { return quic.streams.at(id)->finished; }
  std::optional<std::uint64_t> reset_with(std::int64_t id) { return quic.streams.at(id)->reset; }
  std::optional<std::uint64_t> closed_with() const { return quic.closed_with; }
  std::string text_of(std::size_t i) { return std::string(as_text(streams.at(i)->data)); }
  bool fin_of(std::size_t i) { return streams.at(i)->fin; }

  memory_quic quic;
  std::unique_ptr<browser_connection> connection;
  std::vector<std::unique_ptr<seen>> streams;
  std::vector<std::string> datagrams;
  std::optional<error> closed;
};

}  // namespace mesh::webtransport::test
