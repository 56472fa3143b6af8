// One connection whose streams do what they are told. Nothing of it knows what a session or a transfer may
// do.
#pragma once
#include "agent/p2p/connection.hpp"
#include "core/wire/frame.hpp"
#include "core/wire/json.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace mesh::hostile {

// Told what happens, one JSON object each.
using report = std::function<void(wire::json_object)>;

class peer final : public p2p::connection_handler {
 public:
  peer(std::unique_ptr<p2p::connection> connection, report tell);
  ~peer() override;

  // One line of words:
  //   open N                       a new stream; ours have numbers below 1000, those of the other side above
  //   binding SESSION              says the exporter's value for a session, as base64url
  //   json N TEXT                  a frame with this text
  //   chunk N OFFSET SIZE          FILE_CHUNK of SIZE times "x"
  //   chunks N OFFSET SIZE COUNT   that many of them, one behind the other
  //   raw N HEX                    bytes as they are
  //   deaf N                       gives nothing back to the window any more
  //   fin N | reset N CODE
  //   close CODE                   ends the connection
  // False for anything else.
  bool obey(const std::string& line);

  void on_stream(std::unique_ptr<p2p::byte_stream> stream) override;
  void on_closed(const error& reason) override;

 private:
  class stream;
  stream* find(unsigned number);
  void write(unsigned number, bytes data);

  std::unique_ptr<p2p::connection> connection_;
  report tell_;
  std::map<unsigned, std::unique_ptr<stream>> streams_;
  unsigned theirs_ = 1000;
};

}  // namespace mesh::hostile
