// One SQLite connection with its prepared statements.
#pragma once
#include "server/db/connection.hpp"

#include <filesystem>
#include <memory>

namespace mesh::db {

class sqlite final : public connection {
 public:
  // WAL, synchronous=FULL (acknowledged means durable), foreign keys, 5 s of patience with other programs.
  // Errors: database.
  static result<std::unique_ptr<sqlite>> open(const std::filesystem::path& file, open_mode mode);
  sqlite(const sqlite&) = delete;
  sqlite& operator=(const sqlite&) = delete;
  ~sqlite() override;

  // Writes the whole database to a file of mode 0600; an existing one is replaced. Errors: database.
  result<void> copy_to(const std::filesystem::path& copy);

  std::int64_t run(std::string_view sql, std::span<const value> parameters,
                   const std::function<void(const row&)>& each) override;

  result<void> script(const std::string& sql) override;
  // By a lock on FILE.lock, which stays behind.
  result<void> claim() override;
  result<void> control(const std::string& sql) override;
  result<void> begin() override;
  result<void> begin_exclusive() override;
  result<void> commit() override;
  bool in_transaction() const noexcept override;
  bool usable() const noexcept override { return true; }
  void stream(std::string_view sql, const std::function<void(const row&)>& each) override;
  std::string_view clustered() const noexcept override { return "WITHOUT ROWID"; }
  std::vector<table> tables() override;

 private:
  struct handles;
  sqlite(std::unique_ptr<handles> h, const std::filesystem::path& file, open_mode mode);
  void remember_failure(std::string_view doing);

  std::unique_ptr<handles> handles_;
  std::filesystem::path file_;
  open_mode mode_;
};

}  // namespace mesh::db
