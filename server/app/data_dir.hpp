// The folder that holds everything a server must keep: database, keys, and the word of where it runs.
#pragma once
#include "core/base/error.hpp"
#include "core/base/secret.hpp"
#include "server/auth/keys.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace mesh::app {

class data_dir {
 public:
  // Made with mode 0700 when absent. Errors: state_unreadable, naming the folder.
  static result<data_dir> open(const std::filesystem::path& path);

  data_dir(data_dir&& other) noexcept;
  data_dir& operator=(data_dir&&) = delete;
  ~data_dir();

  // Until this object ends no other server uses the folder. Errors: state_locked.
  result<void> lock();

  // The server's keys; made at first use, in a file of mode 0600. Errors: state_unreadable.
  result<auth::keys> keys() const;

  // The text of the key file of a folder, nothing when there is none. Errors: state_unreadable, also when
  // others can read it.
  static result<std::optional<secret>> stored_keys(const std::filesystem::path& folder);
  // Errors: write_failed.
  result<void> put_keys(const secret& text) const;
  result<void> remove_keys() const;

  // How people reach the running server, for the commands that print links. Gone when it ends.
  result<void> announce(const std::string& public_url);
  std::optional<std::string> announced() const;

 private:
  explicit data_dir(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  int lock_ = -1;
  bool announced_by_us_ = false;
};

// Writes text so that a reader sees the old or the new content, never a part. mode: as for open(2).
// Errors: write_failed, naming the file.
result<void> write_file(const std::filesystem::path& path, std::string_view text, unsigned mode);

}  // namespace mesh::app
