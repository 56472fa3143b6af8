#include "agent/app/snippet_input.hpp"

#include "agent/app/spool.hpp"
#include "agent/os/fd.hpp"
#include "agent/os/os_error.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>

namespace mesh::app {
namespace {

constexpr auto file_name = "snippet.txt";

// One byte more than may be is enough to know.
result<std::string> standard_input() {
  std::string out(limits::snippet_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < out.size()) {
    const auto got = ::read(STDIN_FILENO, out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os::fail_errno(errno, "standard input", errc::file_unreadable);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  out.resize(size);
  return out;
}

}  // namespace

result<std::filesystem::path> spool_text(const std::string& words, const std::filesystem::path& state_dir) {
  auto text = words == "-" ? standard_input() : result<std::string>(words);
  if (!text) return pass(text);
  if (text->empty()) return fail(errc::usage, "there is no text", "--text");
  if (text->size() > limits::snippet_bytes_max)
    return fail(errc::too_large, "a text of more than 64 KiB is sent as a file", "--text");
  if (!valid_utf8(*text)) return fail(errc::invalid_utf8, {}, "--text");
  const os::unique_fd memory(::memfd_create("mesh-text", MFD_CLOEXEC));
  if (!memory || ::write(memory.get(), text->data(), text->size()) != static_cast<ssize_t>(text->size()) ||
      ::lseek(memory.get(), 0, SEEK_SET) != 0)
    return os::fail_errno(errno, "a text in memory", errc::io);
  return spool(memory.get(), state_dir, file_name);
}

}  // namespace mesh::app
