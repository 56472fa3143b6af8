#include "agent/share/openings.hpp"

#include "agent/p2p/close_code.hpp"
#include "core/base/limits.hpp"
#include "core/wire/frame.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace mesh::share {

class openings::opening final : public p2p::stream_handler {
 public:
  // then: empty for a stream that only takes its last words along.
  opening(openings& owner, std::unique_ptr<p2p::byte_stream> stream, receiver then, steady_time until)
      : owner_(owner), stream_(std::move(stream)), then_(std::move(then)), until_(until) {
    stream_->set_handler(this);
  }
  ~opening() override {
    if (stream_) stream_->set_handler(nullptr);
  }
  opening(const opening&) = delete;
  opening& operator=(const opening&) = delete;

  void on_data(bytes_view data, bool fin) override {
    if (!then_) {
      stream_->consume(data.size());
      if (fin) finish({});
      return;
    }
    received_.insert(received_.end(), data.begin(), data.end());
    if (!first_ && !outcome_) read(data);
    if (fin && !outcome_) finish(error{errc::connection_lost, "the other side ended the stream", {}});
  }
  void on_writable() override {}
  void on_closed(const error& reason) override {
    gone_ = true;
    finish(reason);
  }
  void check(steady_time now) {
    if (now >= until_ && !outcome_) finish(error{errc::timed_out, "nothing was said on the stream", {}});
  }

  // The last thing that happens to it.
  void conclude() {
    stream_->set_handler(nullptr);
    if (!then_) return;
    if (*outcome_) {
      if (!gone_) stream_->reset(p2p::close_code::of((*outcome_)->code));
      return then_(std::unexpected(**outcome_));
    }
    then_(opened_stream{std::move(*first_), std::move(stream_), std::move(received_)});
  }

 private:
  void read(bytes_view data) {
    splitter_.feed(data);
    const auto part = splitter_.next();
    if (!part) return finish(part.error());
    if (!*part) return;
    const auto* const json = std::get_if<wire::frame_json>(&**part);
    if (json == nullptr) return finish(error{errc::unexpected_message, "content came first", {}});
    auto message = wire::parse_p2p_message(json->text);
    if (!message) return finish(message.error());
    first_ = std::move(*message);
    finish({});
  }
  // Later, because the stream is what calls; what comes until then is kept.
  void finish(std::optional<error> reason) {
    const bool fresh = !outcome_.has_value();
    if (fresh || (reason && !*outcome_)) outcome_ = std::move(reason);
    if (fresh) owner_.end(*this);
  }

  openings& owner_;
  std::unique_ptr<p2p::byte_stream> stream_;
  receiver then_;
  steady_time until_;
  wire::frame_splitter splitter_;
  bytes received_;
  std::optional<wire::p2p_message> first_;
  std::optional<std::optional<error>> outcome_;  // of none: the first message is there
  bool gone_ = false;
};

openings::openings(runtime rt) : runtime_(std::move(rt)) {}
openings::~openings() = default;

void openings::wait(std::unique_ptr<p2p::byte_stream> stream, bytes_view initial,
                    std::chrono::seconds patience, receiver then) {
  if (all_.size() >= waiting_max) {
    stream->reset(p2p::close_code::denied);
    return runtime_.post([alive = std::weak_ptr<int>(alive_), then = std::move(then)]() mutable {
      if (!alive.expired()) then(fail(errc::busy, "too many requests wait"));
    });
  }
  auto& added = *all_.emplace_back(
      std::make_unique<opening>(*this, std::move(stream), std::move(then), runtime_.now() + patience));
  if (!initial.empty()) added.on_data(initial, false);
}

void openings::dismiss(std::unique_ptr<p2p::byte_stream> stream, const wire::p2p_message& words) {
  const auto owned = std::make_shared<const bytes>(wire::json_frame(wire::render_p2p_message(words)));
  stream->write({owned, *owned});
  stream->finish();
  all_.emplace_back(std::make_unique<opening>(*this, std::move(stream), nullptr,
                                              runtime_.now() + limits::transfer_linger_timeout));
}

void openings::tick() {
  for (const auto& one : all_) one->check(runtime_.now());
}

void openings::end(opening& which) {
  runtime_.post([this, &which, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    const auto at = std::ranges::find_if(all_, [&](const auto& one) { return one.get() == &which; });
    if (at == all_.end()) return;
    const auto ended = std::move(*at);
    all_.erase(at);
    ended->conclude();
  });
}

}  // namespace mesh::share
