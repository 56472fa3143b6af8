#include "server/db/sqlite.hpp"

#include "core/base/log.hpp"
#include "server/db/wal_checkpoints.hpp"

#include <chrono>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

namespace mesh::db {
namespace {

// As long as PostgreSQL waits: a server that ends, or a command that changes the schema, is soon done.
constexpr auto claim_wait = std::chrono::seconds(3);
constexpr std::chrono::milliseconds busy_wait(5000);
constexpr std::chrono::milliseconds poll(10);

struct finalize {
  void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
};
using statement = std::unique_ptr<sqlite3_stmt, finalize>;

struct close_handle {
  void operator()(sqlite3* h) const noexcept { sqlite3_close(h); }
};

struct prepared {
  statement handle;
  std::vector<int> indexes;  // of $1, $2 …; 0: does not occur
  bool read_only;
};

class sqlite_row final : public row {
 public:
  explicit sqlite_row(sqlite3_stmt* s) : statement_(s) {}
  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const override {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return data == nullptr
               ? std::string()
               : std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }

 private:
  sqlite3_stmt* statement_;
};

int bind(sqlite3_stmt* s, int index, const value& v) {
  if (const auto* number = std::get_if<std::int64_t>(&v)) return sqlite3_bind_int64(s, index, *number);
  if (const auto* text = std::get_if<std::string>(&v))
    return sqlite3_bind_text64(s, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  return sqlite3_bind_null(s, index);
}

// Every message touches a page of its room and one of its sender's: 8 MB hold those of some hundred rooms.
constexpr auto writer_settings =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8000;";

std::unexpected<error> cannot_open(const std::filesystem::path& file) {
  return fail(errc::database,
              fmt::format("cannot open {}: {}", file.string(), std::generic_category().message(errno)));
}

struct open_file {
  int fd = -1;
  open_file() = default;
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (fd >= 0) ::close(fd);
  }
};

// Readable by its owner only, before SQLite writes the first byte; its -wal and -shm files take over the
// mode. A file that is there is not opened: to close it again would drop the locks this process has on it.
result<void> create_private(const std::filesystem::path& file) {
  if (::access(file.c_str(), F_OK) == 0) return {};
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return cannot_open(file);
  ::close(fd);
  return {};
}

}  // namespace

struct sqlite::handles {
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  open_file claim;
  std::unique_ptr<sqlite3, close_handle> connection;
  // Both die before the connection.
  std::unique_ptr<wal_checkpoints> checkpoints;
  std::unordered_map<std::string, prepared, text_hash, std::equal_to<>> statements;

  // nullptr when it does not compile.
  const prepared* prepare(std::string_view sql) {
    if (const auto found = statements.find(sql); found != statements.end()) return &found->second;
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v3(connection.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &raw, nullptr) != SQLITE_OK)
      return nullptr;
    prepared made{statement(raw), {}, sqlite3_stmt_readonly(raw) != 0};
    for (int i = 1; i <= sqlite3_bind_parameter_count(raw); ++i)
      made.indexes.push_back(sqlite3_bind_parameter_index(raw, fmt::format("${}", i).c_str()));
    return &statements.emplace(std::string(sql), std::move(made)).first->second;
  }
};

sqlite::sqlite(std::unique_ptr<handles> h, const std::filesystem::path& file, open_mode mode)
    : handles_(std::move(h)), file_(file), mode_(mode) {}
sqlite::~sqlite() = default;

result<std::unique_ptr<sqlite>> sqlite::open(const std::filesystem::path& file, open_mode mode) {
  if (mode == open_mode::read_write)
    if (auto made = create_private(file); !made) return std::unexpected(made.error());
  // Before SQLite's first use: counting its memory would put every allocation behind one lock.
  static const int without_statistics = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(without_statistics);
  sqlite3* raw = nullptr;
  const int flags = mode == open_mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  auto h = std::make_unique<handles>();
  h->connection.reset(raw);
  if (code != SQLITE_OK)
    return fail(errc::database, fmt::format("cannot open {}: {}", file.string(), sqlite3_errstr(code)));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy_wait.count()));
  std::unique_ptr<sqlite> made(new sqlite(std::move(h), file, mode));
  const std::string settings =
      mode == open_mode::read_write ? writer_settings : "PRAGMA foreign_keys=ON; PRAGMA query_only=ON;";
  auto done = made->script(settings);
  // Two programs that make a new file a WAL one meet without SQLite waiting (its busy handler is not asked).
  const auto deadline = std::chrono::steady_clock::now() + busy_wait;
  while (!done && (sqlite3_errcode(raw) & 0xff) == SQLITE_BUSY &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(poll);
    done = made->script(settings);
  }
  if (!done)
    return fail(errc::database,
                fmt::format("{} is not a usable database: {}", file.string(), done.error().detail));
  if (mode == open_mode::read_write)
    made->handles_->checkpoints = std::make_unique<wal_checkpoints>(file, raw);
  return made;
}

std::int64_t sqlite::run(std::string_view sql, std::span<const value> parameters,
                         const std::function<void(const row&)>& each) {
  if (failure_) return 0;
  const auto* found = handles_->prepare(sql);
  if (found == nullptr) {
    remember_failure(sql);
    return 0;
  }
  sqlite3_stmt* s = found->handle.get();
  int code = SQLITE_OK;
  for (std::size_t i = 0; i < parameters.size() && code == SQLITE_OK; ++i) {
    const int index = i < found->indexes.size() ? found->indexes[i] : 0;
    code = index == 0 ? SQLITE_RANGE : bind(s, index, parameters[i]);
  }
  const sqlite_row current(s);
  while (code == SQLITE_OK || code == SQLITE_ROW) {
    code = sqlite3_step(s);
    if (code == SQLITE_ROW && each) each(current);
  }
  if (code != SQLITE_DONE) remember_failure(sql);
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  if (failure_ || found->read_only) return 0;
  const auto changed = sqlite3_changes64(handles_->connection.get());
  wrote_ |= changed > 0;
  return changed;
}

result<void> sqlite::script(const std::string& sql) {
  char* message = nullptr;
  const int code = sqlite3_exec(handles_->connection.get(), sql.c_str(), nullptr, nullptr, &message);
  const std::unique_ptr<char, decltype(&sqlite3_free)> owned(message, &sqlite3_free);
  if (code != SQLITE_OK) return fail(errc::database, message == nullptr ? sqlite3_errstr(code) : message);
  return {};
}

result<void> sqlite::copy_to(const std::filesystem::path& copy) {
  std::error_code ignored;
  std::filesystem::remove(copy, ignored);  // of an attempt at this same copy that failed
  if (auto made = create_private(copy); !made) return made;
  exec("VACUUM INTO $1", copy.string());
  return outcome_of(*this);
}

result<void> sqlite::claim() {
  auto& held = handles_->claim.fd;
  if (held >= 0) return {};
  const std::filesystem::path lock = file_.string() + ".lock";
  const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return cannot_open(lock);
  held = fd;
  // flock(2) has no deadline of its own.
  const auto deadline = std::chrono::steady_clock::now() + claim_wait;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(poll);
      continue;
    }
    ::close(std::exchange(held, -1));
    return fail(errc::database_in_use, file_.string());
  }
  return {};
}

result<void> sqlite::control(const std::string& sql) {
  const auto* found = handles_->prepare(sql);
  auto* database = handles_->connection.get();
  const int code = found == nullptr ? sqlite3_errcode(database) : sqlite3_step(found->handle.get());
  result<void> outcome;
  if (code != SQLITE_DONE) outcome = fail(errc::database, sqlite3_errmsg(database));
  if (found != nullptr) sqlite3_reset(found->handle.get());
  return outcome;
}

result<void> sqlite::begin() {
  return control(mode_ == open_mode::read_write ? "BEGIN IMMEDIATE" : "BEGIN");
}

result<void> sqlite::begin_exclusive() {
  return script("BEGIN EXCLUSIVE");
}

result<void> sqlite::commit() {
  return control("COMMIT");
}

void sqlite::stream(std::string_view sql, const std::function<void(const row&)>& each) {
  run(sql, {}, each);
}

std::vector<table> sqlite::tables() {
  std::vector<table> out;
  for (auto& name : all<std::string>(
           "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"))
    out.push_back({std::move(name), {}, {}});
  for (auto& t : out) {
    const std::vector<value> parameters{t.name};
    run("SELECT name, type = 'TEXT' FROM pragma_table_info($1) ORDER BY cid", parameters,
        [&t](const row& r) { t.columns.push_back({r.text(0), r.integer(1) != 0}); });
    t.refers_to = all<std::string>("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)", t.name);
  }
  return out;
}

bool sqlite::in_transaction() const noexcept {
  return sqlite3_get_autocommit(handles_->connection.get()) == 0;
}

// SQLite's messages name tables and columns, never values.
void sqlite::remember_failure(std::string_view doing) {
  failure_ = error{errc::database, sqlite3_errmsg(handles_->connection.get()), {}};
  log::error("db", "{} (while running: {})", failure_->detail, doing);
}

}  // namespace mesh::db
