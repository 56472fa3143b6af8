// A stream of a viewer until it has said which terminal it wants (TERM_WATCH).
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "core/wire/p2p_message.hpp"

#include <functional>
#include <memory>

namespace mesh::app {

class terminal_door final : public p2p::stream_handler {
 public:
  // name: of the terminal, none when what came is no such wish. initial: everything that came so far, not
  // consumed yet. Called once; it may destroy the door.
  using opened =
      std::function<void(std::optional<std::string> name, std::unique_ptr<p2p::byte_stream>, bytes initial)>;
  // lost: the stream has ended before; it may destroy the door.
  terminal_door(std::unique_ptr<p2p::byte_stream> stream, opened then, std::function<void()> lost);

  void begin(bytes initial);

 private:
  void on_data(bytes_view data, bool fin) override;
  void on_writable() override {}
  void on_closed(const error& reason) override;
  void finish(std::optional<std::string> name);

  std::unique_ptr<p2p::byte_stream> stream_;
  opened then_;
  std::function<void()> lost_;
  bytes held_;
};

}  // namespace mesh::app
