// One viewer of a shared terminal, as its host serves it. For terminal_host.cpp alone.
#pragma once
#include "agent/p2p/close_code.hpp"
#include "agent/terminal/frame_queue.hpp"
#include "agent/terminal/terminal_frames.hpp"
#include "agent/terminal/terminal_host.hpp"
#include "core/base/limits.hpp"

#include <memory>
#include <utility>
#include <variant>

namespace mesh::terminal {

// One stream to one viewer.
class terminal_host::viewer final : public p2p::stream_handler {
 public:
  viewer(terminal_host& host, std::uint64_t number, std::unique_ptr<p2p::byte_stream> stream,
         viewer_identity who)
      : number(number),
        who(std::move(who)),
        host_(host),
        stream_(std::move(stream)),
        reader_(limits::terminal_input_bytes_max,
                {[this](wire::p2p_message m) { take(std::move(m)); },
                 [this](wire::frame_kind kind, std::uint64_t position, bytes_view data) {
                   if (kind != wire::frame_kind::term_in) return refuse();
                   host_.take_input(*this, static_cast<std::uint32_t>(position), data);
                 }}) {}
  ~viewer() override { *alive_ = false; }
  viewer(const viewer&) = delete;
  viewer& operator=(const viewer&) = delete;

  void begin() { stream_->set_handler(this); }
  void take_initial(bytes_view data) {
    if (!data.empty()) on_data(data, false);
  }

  void send(const wire::p2p_message& message) {
    if (const auto* state = std::get_if<wire::term_state>(&message)) told_wish_ = state->asked;
    queue_.push(message_frame(message));
    queue_.write_to(*stream_);
  }
  // State, when what it says of this one's wish for a size is news.
  void tell_wish(const wire::term_state& state) {
    if (state.asked != told_wish_) send(state);
  }
  void send_output(const p2p::shared_bytes& frame) {
    if (!watching || host_.hidden_) return;
    if (!needs_snapshot_ && !queue_.push_output(frame)) needs_snapshot_ = true;
    pump();
  }
  void want_snapshot() {
    queue_.drop_output();
    needs_snapshot_ = watching;
    pump();
  }
  void drop_output() { queue_.drop_output(); }
  void finish() {
    watching = false;
    finishing_ = true;
    pump();
  }
  void reset(std::uint64_t code) { stream_->reset(code); }

  const std::uint64_t number;
  const viewer_identity who;
  bool watching = false;

 private:
  void on_data(bytes_view data, bool fin) override {
    const auto alive = alive_;
    stream_->consume(data.size());
    if (auto good = reader_.feed(data, *alive); !good && *alive) return refuse();
    if (*alive && fin) host_.erase(number);
  }
  void on_writable() override { pump(); }
  void on_closed(const error&) override { host_.erase(number); }

  // Never a snapshot behind what still waits: it would be old when it leaves.
  void pump() {
    queue_.write_to(*stream_);
    if (needs_snapshot_ && queue_.empty() && !host_.hidden_ && stream_->writable() > 0) {
      needs_snapshot_ = false;
      for (auto& frame : snapshot_frames(host_.offset_, host_.screen_->snapshot()))
        stream_->write(std::move(frame));
    }
    if (finishing_ && queue_.empty()) {
      finishing_ = false;
      stream_->finish();
    }
  }
  void refuse() {
    stream_->reset(p2p::close_code::denied);
    host_.erase(number);
  }

  void take(wire::p2p_message message) {
    if (const auto* watch = std::get_if<wire::term_watch>(&message)) {
      if (watch->on == watching) return;
      watching = watch->on;
      if (!watching) host_.sizes_.forget(who.session);
      host_.tell_state();
      want_snapshot();
      if (host_.calls_.changed) host_.calls_.changed();
    } else if (const auto* alive = std::get_if<wire::term_alive>(&message)) {
      host_.gate_.alive(number, host_.now_());
      // Who does not read its answers gets none.
      if (queue_.empty()) send(*alive);
    } else if (const auto* line = std::get_if<wire::term_suggest>(&message)) {
      if (host_.calls_.suggested) host_.calls_.suggested(who, line->text);
    } else if (const auto* wanted = std::get_if<wire::term_resize>(&message)) {
      host_.take_wish(*this, {wanted->cols, wanted->rows});
    } else {
      refuse();
    }
  }

  terminal_host& host_;
  std::unique_ptr<p2p::byte_stream> stream_;
  frame_reader reader_;
  frame_queue queue_;
  std::optional<wire::term_size> told_wish_;
  bool needs_snapshot_ = false;
  bool finishing_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace mesh::terminal
