#include "tests/bench/load/chat_client.hpp"

#include <algorithm>

namespace mesh::bench {

std::string_view json_field(std::string_view json, std::string_view key) {
  const std::string quoted = '"' + std::string(key) + '"';
  auto at = json.find(quoted);
  if (at == std::string_view::npos) return {};
  at = json.find_first_not_of(": ", at + quoted.size());
  if (at == std::string_view::npos) return {};
  const bool text = json[at] == '"';
  if (text) ++at;
  return json.substr(at, json.find_first_of(text ? "\"" : ",} ", at) - at);
}

void chat_client::open() {
  upgraded_ = welcome_ = broken_ = false;
  connect(port_);
  send("GET /ws HTTP/1.1\r\nHost: localhost:" + std::to_string(port_) +
       "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
       "Sec-WebSocket-Version: 13\r\nAuthorization: Bearer " +
       token_ + "\r\n\r\n");
}

void chat_client::say(std::string_view client_id, std::string_view text) {
  std::string event = R"({"type":"chat.send","id":")";
  event.append(client_id).append(R"(","payload":{"room_id":")").append(room_);
  event.append(R"(","client_id":")").append(client_id).append(R"(","text":")").append(text).append("\"}}");
  send_text(event);
}

// The mask is zero: allowed, and spares the clock the work (RFC 6455 section 5.3).
void chat_client::send_frame(unsigned opcode, std::string_view data) {
  std::string frame(1, static_cast<char>(0x80U | opcode));
  if (data.size() < 126) {
    frame += static_cast<char>(0x80U | data.size());
  } else {
    frame += static_cast<char>(0x80U | 126U);
    frame += static_cast<char>(data.size() >> 8U);
    frame += static_cast<char>(data.size() & 0xFFU);
  }
  frame.append(4, '\0').append(data);
  send(frame);
}

void chat_client::on_event(std::string_view event) {
  if (welcome_) return heard_(*this, event);
  const auto type = json_field(event, "type");
  if (type == "system.welcome") welcome_ = true;
  if (type == "system.error") broken_ = true;
}

void chat_client::on_data(std::string& received) {
  std::string_view rest = received;
  if (!upgraded_) {
    const auto end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) return;
    if (!rest.starts_with("HTTP/1.1 101")) {
      broken_ = true;
      return cut();
    }
    upgraded_ = true;
    rest.remove_prefix(end + 4);
    send_text(R"({"type":"system.hello","id":"h","payload":{}})");
  }
  while (rest.size() >= 2) {
    const auto byte = [&](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(rest[i]));
    };
    std::size_t head = 2;
    std::size_t size = byte(1) & 0x7FU;
    if (size >= 126) {
      head = size == 126 ? 4 : 10;
      if (rest.size() < head) break;
      size = 0;
      for (std::size_t i = 2; i < head; ++i) size = size << 8U | byte(i);
    }
    if (rest.size() < head + size) break;
    const auto opcode = byte(0) & 0x0FU;
    const auto data = rest.substr(head, size);
    if (opcode == 0x9) send_frame(0xA, data);
    if (opcode == 0x8) broken_ = true;
    if (opcode == 0x1) on_event(data);
    rest.remove_prefix(head + size);
  }
  received.erase(0, received.size() - rest.size());
}

}  // namespace mesh::bench
