#include "agent/os/device_name.hpp"

#include "core/base/id.hpp"

#include <array>
#include <unistd.h>

namespace mesh::os {
namespace {

constexpr std::size_t chars_max = 63;

bool plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string device_id_of_hostname(std::string_view hostname) {
  std::string out;
  for (const char original : hostname.substr(0, hostname.find('.'))) {
    const char c = original >= 'A' && original <= 'Z' ? static_cast<char>(original - 'A' + 'a') : original;
    if (plain(c) && !(out.empty() && c == '_'))
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
    if (out.size() == chars_max) break;
  }
  while (out.ends_with('-')) out.pop_back();
  return valid_device_id(out) ? out : "device";
}

std::string default_device_id() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "device";
  return device_id_of_hostname(name.data());
}

}  // namespace mesh::os
