#include "agent/share/arrival_mark.hpp"

#include "core/base/bytes.hpp"
#include "core/crypto/blake3.hpp"

#include <array>
#include <string_view>
#include <sys/xattr.h>

#include <fmt/format.h>

namespace mesh::share {
namespace {

constexpr auto attribute = "user.mesh.transfer";
constexpr std::size_t mark_chars = 32;

}  // namespace

std::string arrival_mark(const std::string& user, const std::string& device, const std::string& transfer_id) {
  const auto text = fmt::format("{}\n{}\n{}", user, device, transfer_id);
  return crypto::blake3_hex(as_bytes(text)).substr(0, mark_chars);
}

void set_arrival_mark(int fd, const std::string& mark) noexcept {
  (void)::fsetxattr(fd, attribute, mark.data(), mark.size(), 0);
}

bool has_arrival_mark(int fd, const std::string& mark) noexcept {
  std::array<char, 2 * mark_chars> found{};
  const auto size = ::fgetxattr(fd, attribute, found.data(), found.size());
  return size > 0 && std::string_view(found.data(), static_cast<std::size_t>(size)) == mark;
}

bool has_any_arrival_mark(const std::filesystem::path& path) noexcept {
  return ::lgetxattr(path.c_str(), attribute, nullptr, 0) > 0;
}

void remove_arrival_mark(int fd) noexcept {
  (void)::fremovexattr(fd, attribute);
}

}  // namespace mesh::share
