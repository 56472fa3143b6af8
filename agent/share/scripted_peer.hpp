// The other end of a stream in the hands of a test: says what the test wants, remembers what it hears.
#pragma once
#include "agent/share/memory_stream.hpp"
#include "core/wire/frame.hpp"
#include "core/wire/p2p_message.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::share {

class scripted_peer final : public p2p::stream_handler {
 public:
  explicit scripted_peer(std::unique_ptr<p2p::byte_stream> stream) : stream_(std::move(stream)) {
    stream_->set_handler(this);
  }

  void say(const wire::p2p_message& message) { say_raw(wire::json_frame(wire::render_p2p_message(message))); }
  void say_raw(bytes data) {
    auto owner = std::make_shared<const bytes>(std::move(data));
    const bytes_view view = *owner;
    stream_->write({owner, view});
  }
  void say_text(std::string_view json) { say_raw(wire::json_frame(json)); }
  void chunk(std::uint64_t offset, std::string_view content) {
    const auto header = wire::file_chunk_header(offset, content.size());
    bytes frame(header.begin(), header.end());
    const auto view = as_bytes(content);
    frame.insert(frame.end(), view.begin(), view.end());
    say_raw(std::move(frame));
  }
  void finish() { stream_->finish(); }
  void hang_up(std::uint64_t code = 0) { stream_->reset(code); }

  bool consumes = true;                  // otherwise the window fills
  std::vector<wire::p2p_message> heard;  // messages
  std::uint64_t content_bytes = 0;       // of chunks
  std::optional<error> closed;

  // The last message when it is a T.
  template <class T>
  const T* last() const {
    return heard.empty() ? nullptr : std::get_if<T>(&heard.back());
  }

  void on_data(bytes_view data, bool) override {
    splitter_.feed(data);
    while (true) {
      const auto part = splitter_.next();
      if (!part || !*part) break;
      if (const auto* const json = std::get_if<wire::frame_json>(&**part)) {
        if (auto message = wire::parse_p2p_message(json->text)) heard.push_back(std::move(*message));
      } else if (const auto* const content = std::get_if<wire::bulk_data>(&**part)) {
        content_bytes += content->data.size();
      }
    }
    if (consumes) stream_->consume(data.size());
  }
  void on_writable() override {}
  void on_closed(const error& reason) override { closed = reason; }

 private:
  std::unique_ptr<p2p::byte_stream> stream_;
  wire::frame_splitter splitter_;
};

}  // namespace mesh::share
