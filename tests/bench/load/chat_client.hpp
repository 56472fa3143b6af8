// One person in one room: the opening handshake, hello, and text frames both ways (RFC 6455).
#pragma once
#include "tests/bench/load/socket.hpp"

#include <functional>

namespace mesh::bench {

// The value of "key":"…" or "key":N in a JSON text that holds no such key inside a string; empty: none.
std::string_view json_field(std::string_view json, std::string_view key);

class chat_client final : public socket {
 public:
  // heard: every event after system.welcome.
  chat_client(reactor& events, std::uint16_t port, std::string token, std::string room,
              std::function<void(chat_client&, std::string_view)> heard)
      : socket(events),
        port_(port),
        token_(std::move(token)),
        room_(std::move(room)),
        heard_(std::move(heard)) {}

  void open();
  void say(std::string_view client_id, std::string_view text);

  bool welcome() const noexcept { return welcome_; }
  bool broken() const noexcept { return broken_; }
  const std::string& token() const noexcept { return token_; }
  const std::string& room() const noexcept { return room_; }
  std::uint16_t port() const noexcept { return port_; }

 private:
  void on_data(std::string& received) override;
  void on_closed() override { broken_ = true; }
  void on_event(std::string_view event);
  void send_text(std::string_view text) { send_frame(0x1, text); }
  void send_frame(unsigned opcode, std::string_view data);

  std::uint16_t port_;
  std::string token_;
  std::string room_;
  std::function<void(chat_client&, std::string_view)> heard_;
  bool upgraded_ = false;
  bool welcome_ = false;
  bool broken_ = false;
};

}  // namespace mesh::bench
