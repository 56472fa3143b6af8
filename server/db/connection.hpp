// One connection to a database engine: statements, transactions, and what went wrong.
#pragma once
#include "core/base/error.hpp"
#include "server/db/executor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::db {

enum class open_mode { read_only, read_write };

// A table as the engine describes it. Columns hold texts or whole numbers, nothing else.
struct column {
  std::string name;
  bool is_text = false;
};
struct table {
  std::string name;
  std::vector<column> columns;
  std::vector<std::string> refers_to;  // tables its foreign keys name
};

class connection : public executor {
 public:
  // One or more statements without parameters or answer; not cached.
  virtual result<void> script(const std::string& sql) = 0;
  // One statement about transactions, which comes again and again; an engine may keep it prepared.
  virtual result<void> control(const std::string& sql) { return script(sql); }

  // Until this connection ends nobody else's claim on the database succeeds; more claims of ours change
  // nothing. Errors: database_in_use, database.
  virtual result<void> claim() = 0;

  // A transaction as this connection's mode asks: one that sees a fixed state and changes nothing, or one
  // that behaves as if it ran alone.
  virtual result<void> begin() = 0;
  // One that no other process's begin_exclusive() overlaps: for changes of the schema.
  virtual result<void> begin_exclusive() = 0;
  // Success: durable. Errors: database; after a lost connection nobody knows whether it stands.
  virtual result<void> commit() = 0;
  // False also when the engine undid the transaction by itself (disk full, lost connection).
  virtual bool in_transaction() const noexcept = 0;
  // False once the connection is lost: open another.
  virtual bool usable() const noexcept = 0;

  // As run(), row by row however many there are and however long that takes; inside a transaction.
  virtual void stream(std::string_view sql, const std::function<void(const row&)>& each) = 0;
  // What this engine says after CREATE TABLE (…) for rows stored in the order of their primary key; nothing
  // when it cannot.
  virtual std::string_view clustered() const noexcept { return {}; }
  // Every table of the schema, in no certain order.
  virtual std::vector<table> tables() = 0;

  // The first failure of run() since clear_failure(), if any.
  const std::optional<error>& failure() const noexcept { return failure_; }
  void clear_failure() noexcept { failure_.reset(); }
  // True when that failure, or the commit's, came from another transaction: the same work may pass when run
  // again.
  bool conflicted() const noexcept { return conflicted_; }
  void clear_conflict() noexcept { conflicted_ = false; }
  // Whether a statement of run() changed a row since clear_wrote().
  bool wrote() const noexcept { return wrote_; }
  void clear_wrote() noexcept { wrote_ = false; }

 protected:
  std::optional<error> failure_;
  bool conflicted_ = false;
  bool wrote_ = false;
};

// failure() as a result.
result<void> outcome_of(const connection& c);

}  // namespace mesh::db
