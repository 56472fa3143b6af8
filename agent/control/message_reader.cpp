#include "agent/control/frame_splitter.hpp"

#include "core/base/limits.hpp"

#include <fmt/format.h>

namespace mesh::control {

void frame_splitter::feed(bytes_view data) {
  if (at_ != 0) buffer_.erase(0, std::exchange(at_, 0));
  buffer_.append(as_text(data));
}

result<std::optional<std::string>> frame_splitter::next() {
  const auto waiting = std::string_view(buffer_).substr(at_);
  if (waiting.size() < 4) return std::nullopt;
  const auto length = get_be<std::uint32_t>(as_bytes(waiting).data());
  if (length == 0 || length > limits::json_message_bytes_max)
    return fail(errc::bad_frame, fmt::format("a message of {} bytes", length));
  if (waiting.size() > 4 && waiting[4] != '{')
    return fail(errc::bad_frame, "a message that is not a JSON object");
  if (waiting.size() < 4 + std::size_t{length}) return std::nullopt;
  at_ += 4 + std::size_t{length};
  return std::string(waiting.substr(4, length));
}

result<std::string> to_frame(std::string_view body) {
  if (body.size() > limits::json_message_bytes_max)
    return fail(errc::too_large, fmt::format("an answer of {} bytes", body.size()));
  std::string out(4, '\0');
  put_be(reinterpret_cast<std::byte*>(out.data()), static_cast<std::uint32_t>(body.size()));
  return out.append(body);
}

}  // namespace mesh::control
