// Streams of viewers that have not said which terminal they want, and those that are told that they may not.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/app/terminal_door.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace mesh::app {

// One thread.
class terminal_doors {
 public:
  // who: of the stream, which is in `opened`, with initial bytes that came already. It takes the stream, or
  // answers why not.
  using visit = std::function<result<void>(const terminal_stream& who, const std::optional<std::string>& name,
                                           std::unique_ptr<p2p::byte_stream>& opened, bytes_view initial)>;
  terminal_doors(io::executor on, visit then) : on_(std::move(on)), then_(std::move(then)) {}

  void open(terminal_stream stream);

 private:
  std::shared_ptr<terminal_door> close(std::uint64_t number);
  void refuse(std::unique_ptr<p2p::byte_stream> stream, std::size_t unread, const error& why);

  io::executor on_;
  visit then_;
  std::map<std::uint64_t, std::shared_ptr<terminal_door>> doors_;
  std::uint64_t last_ = 0;
};

}  // namespace mesh::app
