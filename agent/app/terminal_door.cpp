#include "agent/app/terminal_door.hpp"

#include "core/base/limits.hpp"

#include <utility>

namespace mesh::app {

terminal_door::terminal_door(std::unique_ptr<p2p::byte_stream> stream, opened then,
                             std::function<void()> lost)
    : stream_(std::move(stream)), then_(std::move(then)), lost_(std::move(lost)) {}

void terminal_door::begin(bytes initial) {
  stream_->set_handler(this);
  if (!initial.empty()) on_data(initial, false);
}

void terminal_door::on_data(bytes_view data, bool fin) {
  held_.insert(held_.end(), data.begin(), data.end());
  constexpr std::size_t head = sizeof(std::uint32_t);
  const std::size_t body = held_.size() < head ? 0 : get_be<std::uint32_t>(held_.data());
  if (body > limits::json_message_bytes_max) return finish(std::nullopt);
  if (held_.size() < head || held_.size() < head + body) return fin ? finish(std::nullopt) : void();
  const auto message = wire::parse_p2p_message(as_text(bytes_view(held_).subspan(head, body)));
  const auto* watch = message ? std::get_if<wire::term_watch>(&*message) : nullptr;
  finish(watch == nullptr ? std::nullopt : watch->name);
}

void terminal_door::on_closed(const error&) {
  if (const auto lost = std::exchange(lost_, nullptr)) lost();
}

void terminal_door::finish(std::optional<std::string> name) {
  const auto then = std::exchange(then_, nullptr);
  lost_ = nullptr;
  stream_->set_handler(nullptr);  // whoever takes it sets its own
  if (then) then(std::move(name), std::move(stream_), std::move(held_));
}

}  // namespace mesh::app
