// Everything of a server in one file: a SQLite database, then a line with the BLAKE3 of all bytes before it.
#pragma once
#include "core/base/secret.hpp"
#include "server/db/copy.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace mesh::db {

// What stands in a backup beside the rows. program: the version that made it. keys: the server's, as in its
// key file.
struct backup_label {
  wall_time made_at;
  std::string program;
  secret keys;
};

class backup_file {
 public:
  // Writes what from holds at this moment to a file of mode 0600, which appears whole, on the disk and read
  // back, or not at all. onto::replace: one that is there gives way. Errors: file_exists, write_failed,
  // database, backup_invalid when what was written does not read back.
  static result<std::vector<table_sum>> write(connection& from, const std::filesystem::path& file,
                                              const backup_label& label, onto existing);

  // Checks every byte. Errors: file_unreadable, backup_invalid.
  static result<backup_file> open(const std::filesystem::path& file);

  const backup_label& label() const noexcept { return label_; }
  // For copy_database().
  connection& rows() { return *rows_; }

 private:
  backup_file(std::unique_ptr<connection> rows, backup_label label)
      : rows_(std::move(rows)), label_(std::move(label)) {}

  std::unique_ptr<connection> rows_;
  backup_label label_;
};

}  // namespace mesh::db
