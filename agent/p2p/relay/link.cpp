#include "agent/p2p/relay/link.hpp"

#include "agent/p2p/relay/relayed_connection.hpp"

namespace mesh::relay {

link::link(const p2p::announced_session& session, const crypto::signing_key& device, calls then,
           crypto::p256_exchange own)
    : calls_(std::move(then)), handshake_(session, device, std::move(own)) {
  stats_.peer = "relay";
}

result<void> link::take(bytes_view message) {
  if (over()) return {};
  const auto alive = shared_from_this();
  stats_.bytes_received += message.size();
  ++stats_.packets_received;
  auto done = step(message);
  if (!done) end(done.error());
  return done;
}

result<void> link::step(bytes_view message) {
  switch (phase_) {
    case phase::opening: {
      auto answer = handshake_.answer(message);
      if (!answer) return pass(answer);
      answer_ = std::move(*answer);
      phase_ = phase::proving;
      calls_.wake();
      return {};
    }
    case phase::proving: {
      auto keys = handshake_.finish(message);
      return keys ? begin(std::move(*keys)) : pass(keys);
    }
    case phase::open: {
      const auto text = in_->open(message);
      if (!text) return std::unexpected(text.error());
      const auto inside = parse_frame(*text);
      return inside ? lanes_->take(*inside) : std::unexpected(inside.error());
    }
    case phase::over:
      return {};
  }
  return {};
}

result<void> link::begin(session_keys keys) {
  out_.emplace(keys.to_initiator);
  in_.emplace(keys.to_target);
  phase_ = phase::open;
  lanes_ = std::make_shared<lanes>(lanes::calls{
      .post = calls_.post, .wake = calls_.wake, .opened = [this](std::unique_ptr<p2p::byte_stream> stream) {
        if (handler_ != nullptr && early_.empty())
          handler_->on_stream(std::move(stream));
        else
          early_.push_back(std::move(stream));
      }});
  calls_.connected(std::make_unique<relayed_connection>(shared_from_this(), keys.challenge));
  return {};
}

std::optional<bytes> link::next() {
  std::optional<bytes> out;
  if (answer_) {
    out = std::exchange(answer_, std::nullopt);
  } else if (phase_ == phase::open) {
    if (const auto inside = lanes_->next()) out = out_->seal(*inside);
  }
  if (out) {
    stats_.bytes_sent += out->size();
    ++stats_.packets_sent;
  }
  return out;
}

void link::lost(const error& reason) {
  end(reason);
}

void link::close(const error& reason) {
  end(reason);
}

// The handler is told later: it may be what closes.
void link::end(const error& reason) {
  if (std::exchange(phase_, phase::over) == phase::over) return;
  untold_ = reason;
  calls_.post([self = shared_from_this()] {
    self->early_.clear();
    if (self->lanes_) self->lanes_->end(*self->untold_);
    if (auto* const told = std::exchange(self->handler_, nullptr)) told->on_closed(*self->untold_);
  });
  calls_.wake();
}

void link::set_handler(p2p::connection_handler* handler) {
  handler_ = handler;
  if (handler == nullptr || early_.empty()) return;
  calls_.post([self = shared_from_this()] {
    while (self->handler_ != nullptr && !self->early_.empty()) {
      auto first = std::move(self->early_.front());
      self->early_.erase(self->early_.begin());
      self->handler_->on_stream(std::move(first));
    }
  });
}

result<std::unique_ptr<p2p::byte_stream>> link::open_stream() {
  if (phase_ != phase::open) return fail(errc::connection_lost, "the relayed connection is gone");
  return lanes_->open();
}

}  // namespace mesh::relay
