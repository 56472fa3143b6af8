// One SQLite connection with its prepared statements.
#pragma once
#include "core/base/error.hpp"
#include "server/db/executor.hpp"

#include <filesystem>
#include <memory>

namespace mesh::db {

enum class open_mode { read_only, read_write };

class sqlite final : public executor {
 public:
  // WAL, synchronous=FULL (acknowledged means durable), foreign keys, 5 s of patience with other programs.
  // Errors: database.
  static result<std::unique_ptr<sqlite>> open(const std::filesystem::path& file, open_mode mode);
  sqlite(const sqlite&) = delete;
  sqlite& operator=(const sqlite&) = delete;
  ~sqlite() override;

  std::int64_t run(std::string_view sql, std::span<const value> parameters,
                   const std::function<void(const row&)>& each) override;

  // One or more statements without parameters or answer; not cached.
  result<void> script(const std::string& sql);

  // The first failure since clear_failure(), if any.
  const std::optional<error>& failure() const noexcept { return failure_; }
  void clear_failure() noexcept { failure_.reset(); }
  // False when no transaction is open, also because SQLite rolled it back by itself (disk full, I/O error).
  bool in_transaction() const noexcept;

 private:
  struct handles;
  explicit sqlite(std::unique_ptr<handles> h);
  void remember_failure(std::string_view doing);

  std::unique_ptr<handles> handles_;
  std::optional<error> failure_;
};

}  // namespace mesh::db
