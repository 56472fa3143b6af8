#include "agent/app/commands.hpp"
#include "core/wire/plain_json.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>

namespace mesh::app {

namespace {

std::atomic<int> failure = 0;

}  // namespace

void print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) == 0 && written) return;
  int none = 0;
  failure.compare_exchange_strong(none, errno == 0 ? EIO : errno);
}

int output_failure() noexcept {
  return failure;
}

void print_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void print_json_line(const wire::json_object& value) {
  print(wire::plain_text(value, wire::json_layout::one_line) + "\n");
}

void print_json(const wire::json_value& value) {
  auto text = wire::to_pretty_text(value);
  if (!text.ends_with('\n')) text += '\n';
  print(text);
}

}  // namespace mesh::app
