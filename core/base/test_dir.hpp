// A temporary directory of a test, removed with everything in it.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

namespace mesh {

class test_dir {
 public:
  test_dir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mesh-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  test_dir(const test_dir&) = delete;
  test_dir& operator=(const test_dir&) = delete;
  ~test_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace mesh
