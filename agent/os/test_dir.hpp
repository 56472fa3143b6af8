// Files of a test, and the directory that holds them.
#pragma once
#include "core/base/test_dir.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace mesh::os {

using mesh::test_dir;

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_content(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

}  // namespace mesh::os
