#include "agent/p2p/ping.hpp"

#include "agent/p2p/close_code.hpp"

#include <algorithm>
#include <utility>

namespace mesh::p2p {
namespace {

shared_bytes copy_of(bytes_view data) {
  auto owner = std::make_shared<const bytes>(data.begin(), data.end());
  const bytes_view view = *owner;
  return {std::move(owner), view};
}

bytes message_of(std::uint64_t number) {
  bytes out(ping_caller::message_bytes);
  for (auto at = out.rbegin(); at != out.rend(); ++at, number >>= 8U) *at = static_cast<std::byte>(number);
  return out;
}

}  // namespace

std::optional<bytes> answer_to_datagram(bytes_view datagram) {
  if (datagram.size() < 2 || datagram.size() > datagram_ping_bytes_max || datagram[0] != datagram_ping)
    return std::nullopt;
  auto out = to_bytes(datagram);
  out[0] = datagram_pong;
  return out;
}

ping_caller::ping_caller(std::unique_ptr<byte_stream> stream, std::function<steady_time()> now,
                         std::function<void(result<std::chrono::nanoseconds>)> told)
    : stream_(std::move(stream)), now_(std::move(now)), told_(std::move(told)) {
  stream_->set_handler(this);
}

ping_caller::~ping_caller() {
  if (!stream_) return;
  stream_->set_handler(nullptr);
  stream_->reset(close_code::none);
}

void ping_caller::send() {
  if (!stream_) return;
  waiting_ = true;
  sent_ = now_();
  stream_->write(copy_of(message_of(++number_)));
}

void ping_caller::on_data(bytes_view data, bool fin) {
  stream_->consume(data.size());
  answer_.insert(answer_.end(), data.begin(), data.end());
  const bool whole = answer_.size() == message_bytes;
  if (!waiting_ || answer_.size() > message_bytes || (whole && answer_ != message_of(number_)))
    return end({errc::bad_message, "the answer to a ping holds other bytes", {}});
  if (whole) {
    waiting_ = false;
    answer_.clear();
    told_(now_() - sent_);
  } else if (fin) {
    end({errc::connection_lost, "the peer ended the ping", {}});
  }
}

void ping_caller::on_closed(const error& reason) {
  end(reason);
}

void ping_caller::end(const error& reason) {
  const auto stream = std::exchange(stream_, nullptr);
  if (!stream) return;
  stream->set_handler(nullptr);
  stream->reset(close_code::of(reason.code));
  told_(std::unexpected(reason));
}

class ping_echoes::echo final : public stream_handler {
 public:
  echo(ping_echoes& owner, std::unique_ptr<byte_stream> stream) : owner_(owner), stream_(std::move(stream)) {
    stream_->set_handler(this);
  }
  ~echo() override { stream_->set_handler(nullptr); }
  echo(const echo&) = delete;
  echo& operator=(const echo&) = delete;

  void on_data(bytes_view data, bool fin) override {
    stream_->consume(data.size());
    if (ended_) return;
    if (data.size() > stream_->writable()) {
      stream_->reset(close_code::denied);
      return end();
    }
    if (!data.empty()) stream_->write(copy_of(data));
    if (!fin) return;
    stream_->finish();
    end();
  }
  void on_writable() override {}
  void on_closed(const error&) override { end(); }

 private:
  void end() {
    if (!std::exchange(ended_, true)) owner_.forget(this);
  }

  ping_echoes& owner_;
  std::unique_ptr<byte_stream> stream_;
  bool ended_ = false;
};

ping_echoes::ping_echoes(std::function<void(std::move_only_function<void()>)> post)
    : post_(std::move(post)) {}
ping_echoes::~ping_echoes() = default;

void ping_echoes::serve(std::unique_ptr<byte_stream> stream, bytes_view initial) {
  if (echoes_.size() >= echoes_max) return stream->reset(close_code::denied);
  auto& added = *echoes_.emplace_back(std::make_unique<echo>(*this, std::move(stream)));
  if (!initial.empty()) added.on_data(initial, false);
}

// Later, because the echo itself is what calls.
void ping_echoes::forget(const echo* which) {
  post_([this, which, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) std::erase_if(echoes_, [which](const auto& e) { return e.get() == which; });
  });
}

}  // namespace mesh::p2p
