// Two ends of a connection in memory, for the tests of sessions: what one writes the other is told when the
// work runs. It can be cut, after which nothing passes and nobody is told, as when a machine vanishes.
#pragma once
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/connection.hpp"
#include "core/base/limits.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::p2p::test {

using work_queue = std::deque<std::move_only_function<void()>>;

struct stream_half {
  stream_handler* handler = nullptr;
  bytes early;
  bool fin = false;
  bool gone = false;
};

class memory_stream final : public byte_stream {
 public:
  memory_stream(work_queue& work, std::shared_ptr<bool> cut, std::shared_ptr<stream_half> own,
                std::shared_ptr<stream_half> other)
      : work_(work), cut_(std::move(cut)), own_(std::move(own)), other_(std::move(other)) {}
  ~memory_stream() override {
    own_->handler = nullptr;
    if (!own_->gone) reset(close_code::none);
  }
  void set_handler(stream_handler* handler) override {
    own_->handler = handler;
    if (handler != nullptr) work_.emplace_back([half = own_] { tell(*half); });
  }
  std::size_t writable() const override { return limits::chunk_bytes; }
  void write(shared_bytes data) override {
    pass_on([data = to_bytes(data.data)](stream_half& half) {
      half.early.insert(half.early.end(), data.begin(), data.end());
    });
  }
  void finish() override {
    pass_on([](stream_half& half) { half.fin = true; });
  }
  void consume(std::size_t) override {}
  void reset(std::uint64_t code) override {
    own_->gone = true;
    work_.emplace_back([half = other_, cut = cut_, code] {
      if (*cut || std::exchange(half->gone, true) || half->handler == nullptr) return;
      half->handler->on_closed(close_code::to_error(code));
    });
  }

 private:
  template <class Change>
  void pass_on(Change change) {
    work_.emplace_back([half = other_, cut = cut_, change = std::move(change)] {
      if (*cut || half->gone) return;
      change(*half);
      tell(*half);
    });
  }
  static void tell(stream_half& half) {
    if (half.handler == nullptr || half.gone || (half.early.empty() && !half.fin)) return;
    const auto data = std::exchange(half.early, {});
    half.handler->on_data(data, half.fin);
  }

  work_queue& work_;
  std::shared_ptr<bool> cut_;
  std::shared_ptr<stream_half> own_, other_;
};

// What both ends of one connection share. packets: heard by each end, see connection_stats.
struct memory_line {
  std::shared_ptr<bool> cut = std::make_shared<bool>(false);
  std::array<connection_handler*, 2> handlers{};
  std::array<std::uint64_t, 2> packets{};
  udp_address place = make_udp_address("192.0.2.2", 4000).value();  // of the end that was dialed
  std::optional<udp_address> answers_at;                            // once it moved
  std::vector<std::string> asked;
  bool closed = false;
  std::uint64_t closed_with = 0;
};

class memory_connection final : public connection {
 public:
  memory_connection(work_queue& work, std::shared_ptr<memory_line> line, std::size_t end,
                    std::string peer_key, std::optional<key_challenge> challenge = {})
      : work_(work),
        line_(std::move(line)),
        end_(end),
        peer_key_(std::move(peer_key)),
        challenge_(challenge) {}
  ~memory_connection() override {
    line_->handlers.at(end_) = nullptr;
    close(close_code::none, "");
  }
  void set_handler(connection_handler* handler) override { line_->handlers.at(end_) = handler; }
  const std::string& peer_key_sha256() const override { return peer_key_; }
  std::optional<key_challenge> challenge() const override { return challenge_; }
  udp_address peer_address() const override { return line_->place; }
  result<void> try_address(const udp_address& to) override {
    line_->asked.push_back(to_string(to));
    if (to == line_->answers_at) line_->place = to;
    return {};
  }
  bool dialed() const override { return end_ == 0; }
  result<channel_binding> exporter(std::string_view, std::string_view) const override {
    return channel_binding{};
  }
  result<std::unique_ptr<byte_stream>> open_stream() override {
    const auto own = std::make_shared<stream_half>(), other = std::make_shared<stream_half>();
    work_.emplace_back([&work = work_, line = line_, to = 1 - end_, own, other] {
      if (*line->cut || line->handlers.at(to) == nullptr) return;
      ++line->packets.at(to);
      ++line->packets.at(1 - to);  // the acknowledgement
      line->handlers.at(to)->on_stream(std::make_unique<memory_stream>(work, line->cut, other, own));
    });
    return std::make_unique<memory_stream>(work_, line_->cut, own, other);
  }
  void send_datagram(bytes_view data) override {
    work_.emplace_back([line = line_, to = 1 - end_, sent = to_bytes(data)] {
      if (!*line->cut && line->handlers.at(to) != nullptr) line->handlers.at(to)->on_datagram(sent);
    });
  }
  void keep_alive(bool) override {}
  void close(std::uint64_t code, std::string_view) override {
    if (std::exchange(line_->closed, true)) return;
    line_->closed_with = code;
    work_.emplace_back([line = line_] {
      for (auto& handler : line->handlers)
        if (auto* const told = std::exchange(handler, nullptr))
          told->on_closed({errc::connection_lost, "closed", {}});
    });
  }
  connection_stats stats() const override {
    connection_stats out;
    out.packets_received = line_->packets.at(end_);
    return out;
  }

 private:
  work_queue& work_;
  std::shared_ptr<memory_line> line_;
  std::size_t end_;
  std::string peer_key_;
  std::optional<key_challenge> challenge_;
};

}  // namespace mesh::p2p::test
