#include "agent/app/terminal_doors.hpp"

#include "agent/terminal/terminal_frames.hpp"

namespace mesh::app {
namespace {

// Bytes of a message, and what happens once the peer has acknowledged them or is gone.
struct last_words {
  last_words(p2p::shared_bytes b, std::function<void()> t) : bytes(std::move(b)), then(std::move(t)) {}
  last_words(const last_words&) = delete;
  last_words& operator=(const last_words&) = delete;
  ~last_words() { then(); }
  p2p::shared_bytes bytes;
  std::function<void()> then;
};

}  // namespace

void terminal_doors::open(terminal_stream stream) {
  const auto number = ++last_;
  const auto who = std::make_shared<terminal_stream>(std::move(stream));
  const auto door = std::make_shared<terminal_door>(
      std::move(who->stream),
      [this, number, who](const std::optional<std::string>& name, std::unique_ptr<p2p::byte_stream> opened,
                          const bytes& initial) {
        close(number);
        const auto taken = then_(*who, name, opened, initial);
        if (!taken && opened) refuse(std::move(opened), initial.size(), taken.error());
      },
      [this, number] { close(number); });
  doors_.emplace(number, door);
  door->begin(std::move(who->initial));
}

// It is on the stack still.
std::shared_ptr<terminal_door> terminal_doors::close(std::uint64_t number) {
  const auto door = doors_.at(number);
  doors_.erase(number);
  io::post(on_, [door] {});
  return door;
}

void terminal_doors::refuse(std::unique_ptr<p2p::byte_stream> stream, std::size_t unread, const error& why) {
  stream->consume(unread);
  auto message = terminal::message_frame(wire::term_refused{std::string(word(why.code)), why.detail});
  const auto data = message.data;
  auto& out = *stream;
  // Its word has arrived before the stream ends.
  auto owner = std::make_shared<last_words>(
      std::move(message), [on = on_, kept = std::make_shared<std::unique_ptr<p2p::byte_stream>>(
                                         std::move(stream))] { io::post(on, [kept] { kept->reset(); }); });
  out.write({std::move(owner), data});
  out.finish();
}

}  // namespace mesh::app
