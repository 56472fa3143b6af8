#include "agent/terminal/viewer_stream.hpp"

#include "agent/p2p/close_code.hpp"
#include "core/base/limits.hpp"

#include <utility>

namespace mesh::terminal {

viewer_stream::viewer_stream(std::unique_ptr<p2p::byte_stream> stream, viewer_calls calls)
    : stream_(std::move(stream)),
      calls_(std::move(calls)),
      reader_(limits::chunk_bytes,
              {[this](wire::p2p_message m) { take(std::move(m)); },
               [this](wire::frame_kind kind, std::uint64_t, bytes_view data) { take_bulk(kind, data); }}) {}

viewer_stream::~viewer_stream() {
  *alive_ = false;
}

void viewer_stream::begin(bytes_view initial) {
  const auto alive = alive_;
  stream_->set_handler(this);
  if (!initial.empty()) on_data(initial, false);
}

void viewer_stream::watch(bool on, std::optional<std::string> name) {
  send(wire::term_watch{on, std::move(name)});
}

bool viewer_stream::type(bytes_view keys) {
  if (!state_.epoch) return false;
  while (!keys.empty()) {
    const auto part = keys.first(std::min(keys.size(), limits::terminal_input_bytes_max));
    stream_->write(input_frame(*state_.epoch, part));
    keys = keys.subspan(part.size());
  }
  return true;
}

void viewer_stream::suggest(std::string line) {
  send(wire::term_suggest{std::move(line)});
}

void viewer_stream::ask_size(terminal_size wanted) {
  send(wire::term_resize{static_cast<std::uint16_t>(wanted.cols), static_cast<std::uint16_t>(wanted.rows)});
}

void viewer_stream::alive(std::int64_t sent) {
  send(wire::term_alive{sent});
}

void viewer_stream::hold(bool on) {
  holding_ = on;
  if (!on && held_bytes_ > 0) stream_->consume(std::exchange(held_bytes_, 0));
}

void viewer_stream::on_data(bytes_view data, bool fin) {
  const auto alive = alive_;
  held_bytes_ += data.size();
  hold(holding_);
  const auto read = reader_.feed(data, *alive);
  if (!*alive) return;
  if (!read) {
    stream_->reset(p2p::close_code::denied);
    return close(read.error());
  }
  if (fin) close({errc::terminal_ended, {}, {}});
}

void viewer_stream::on_closed(const error& reason) {
  close(reason);
}

void viewer_stream::close(const error& reason) {
  const auto closed = std::exchange(calls_, {}).closed;
  if (closed) closed(reason);
}

void viewer_stream::take_bulk(wire::frame_kind kind, bytes_view data) {
  const bool output = kind == wire::frame_kind::term_out || kind == wire::frame_kind::term_snapshot;
  if (!output) return;
  if (calls_.output) calls_.output(data);
}

void viewer_stream::take(wire::p2p_message message) {
  if (auto* open = std::get_if<wire::term_open>(&message)) {
    name_ = std::move(open->name);
    size_ = {open->cols, open->rows};
    may_control_ = open->control;
    if (calls_.opened) calls_.opened();
  } else if (const auto* resize = std::get_if<wire::term_resize>(&message)) {
    size_ = {resize->cols, resize->rows};
    if (calls_.opened) calls_.opened();
  } else if (auto* state = std::get_if<wire::term_state>(&message)) {
    state_ = std::move(*state);
    if (calls_.state) calls_.state(state_);
  } else if (const auto* exit = std::get_if<wire::term_exit>(&message)) {
    if (calls_.exited) calls_.exited(*exit);
  } else if (const auto* alive = std::get_if<wire::term_alive>(&message)) {
    if (calls_.echoed) calls_.echoed(alive->sent);
  } else if (const auto* refused = std::get_if<wire::term_refused>(&message)) {
    close({code_of(refused->code), refused->message, {}});
  }
}

}  // namespace mesh::terminal
