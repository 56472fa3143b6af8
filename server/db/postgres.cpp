#include "server/db/postgres.hpp"

#include "core/base/log.hpp"
#include "server/db/libpq.hpp"

#include <charconv>
#include <chrono>
#include <poll.h>
#include <unordered_map>

#include <fmt/format.h>

namespace mesh::db {
namespace {

constexpr int oldest_version = 130000;  // the oldest that its project still mended when this was written
constexpr std::string_view statement_timeout = "30s";
constexpr std::string_view lock_timeout = "10s";
constexpr std::string_view lock_not_available = "55P03";
// Says "mesh"; alone or as first half of two it names our advisory locks.
constexpr int our_locks = 1835365224;
// Longer than the server's own patience: reached only when it is frozen or the network swallows everything.
constexpr auto answer_timeout = std::chrono::seconds(40);

struct finish {
  void operator()(PGconn* c) const noexcept { libpq::call().PQfinish(c); }
};
struct clear {
  void operator()(PGresult* r) const noexcept { libpq::call().PQclear(r); }
};
using answer_rows = std::unique_ptr<PGresult, clear>;

struct free_options {
  void operator()(PQconninfoOption* o) const noexcept { libpq::call().PQconninfoFree(o); }
};

class postgres_row final : public row {
 public:
  postgres_row(const PGresult* r, int index) : rows_(r), index_(index) {}
  bool is_null(int column) const override { return libpq::call().PQgetisnull(rows_, index_, column) != 0; }
  std::int64_t integer(int column) const override {
    const std::string_view text = view(column);
    std::int64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
  }
  std::string text(int column) const override { return std::string(view(column)); }

 private:
  std::string_view view(int column) const {
    return {libpq::call().PQgetvalue(rows_, index_, column),
            static_cast<std::size_t>(libpq::call().PQgetlength(rows_, index_, column))};
  }
  const PGresult* rows_;
  int index_;
};

// libpq ends its sentences with a line break, and says several things in several lines.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' || c == '\t' ? ' ' : c;
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

// 40001 serialization_failure, 40P01 deadlock_detected (PostgreSQL manual, 13.5).
bool means_conflict(std::string_view state) {
  return state == "40001" || state == "40P01";
}

}  // namespace

struct postgres::handles {
  std::unique_ptr<PGconn, finish> connection;
  std::unordered_map<std::string, std::string> statements;  // SQL to name
};

struct postgres::answer {
  std::string failure;  // empty: it worked
  std::string state;    // SQLSTATE
  std::string command;  // such as "COMMIT"
  std::int64_t changed = 0;
};

bool postgres::is_address(std::string_view address) {
  return address.starts_with("postgres://") || address.starts_with("postgresql://");
}

result<void> postgres::check_address(const std::string& url) {
  if (auto loaded = libpq::load(); !loaded) return loaded;
  char* reason = nullptr;
  const std::unique_ptr<PQconninfoOption, free_options> options(
      libpq::call().PQconninfoParse(url.c_str(), &reason));
  if (reason != nullptr) libpq::call().PQfreemem(reason);
  if (options) return {};
  return fail(
      errc::config_value,
      "the PostgreSQL address cannot be read; it looks like "
      "postgres://USER@HOST:5432/NAME?sslmode=verify-full, or postgres:///NAME for a local socket, and "
      "special characters of a password are percent-encoded",
      "database");
}

result<void> postgres::check_server(int version, std::string_view encoding) {
  if (version < oldest_version)
    return fail(errc::database, fmt::format("this PostgreSQL is version {}.{}; Mesh needs {} or newer",
                                            version / 10000, version % 10000, oldest_version / 10000));
  if (encoding != "UTF8")
    return fail(errc::database, fmt::format("the database's encoding is {}; make one with UTF8 (createdb "
                                            "--encoding UTF8 --template template0)",
                                            encoding));
  return {};
}

postgres::postgres(std::unique_ptr<handles> h, open_mode mode) : handles_(std::move(h)), mode_(mode) {}
postgres::~postgres() = default;

result<std::unique_ptr<postgres>> postgres::open(const std::string& url, open_mode mode) {
  if (auto readable = check_address(url); !readable) return std::unexpected(readable.error());
  // What the address says comes last and wins.
  const char* const names[] = {"connect_timeout",
                               "keepalives_idle",
                               "tcp_user_timeout",
                               "fallback_application_name",
                               "client_encoding",
                               "dbname",
                               nullptr};
  const char* const values[] = {"5", "15", "30000", "mesh-server", "UTF8", url.c_str(), nullptr};
  auto h = std::make_unique<handles>();
  h->connection.reset(libpq::call().PQconnectdbParams(names, values, 1));
  if (libpq::call().PQstatus(h->connection.get()) != CONNECTION_OK)
    return fail(errc::database, fmt::format("cannot use PostgreSQL: {}",
                                            one_line(libpq::call().PQerrorMessage(h->connection.get()))));
  std::unique_ptr<postgres> made(new postgres(std::move(h), mode));
  auto done = made->configure();
  if (!done) return std::unexpected(done.error());
  return made;
}

result<void> postgres::configure() {
  auto* c = handles_->connection.get();
  libpq::call().PQsetNoticeProcessor(c, [](void*, const char*) {}, nullptr);
  const char* encoding = libpq::call().PQparameterStatus(c, "server_encoding");
  if (auto fits = check_server(libpq::call().PQserverVersion(c), encoding == nullptr ? "" : encoding); !fits)
    return fits;
  // A role or database that turned durability off would let an acknowledged message vanish.
  return script(
      fmt::format("SET statement_timeout = '{}'; SET lock_timeout = '{}'; "
                  "SET idle_in_transaction_session_timeout = '60s'; SET enable_seqscan = off; "
                  "SELECT set_config('synchronous_commit', 'on', false) "
                  "WHERE current_setting('synchronous_commit') = 'off'",
                  statement_timeout, lock_timeout));
}

std::int64_t postgres::run(std::string_view sql, std::span<const value> parameters,
                           const std::function<void(const row&)>& each) {
  if (failure_) return 0;
  const auto name = prepare(sql);
  if (failure_) return 0;
  std::vector<std::string> numbers(parameters.size());
  std::vector<const char*> texts(parameters.size(), nullptr);
  std::vector<int> lengths(parameters.size(), 0);
  std::vector<int> formats(parameters.size(), 0);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (const auto* number = std::get_if<std::int64_t>(&parameters[i])) {
      numbers[i] = std::to_string(*number);
      texts[i] = numbers[i].c_str();
    } else if (const auto* text = std::get_if<std::string>(&parameters[i])) {
      texts[i] = text->data();
      lengths[i] = static_cast<int>(text->size());
      formats[i] = 1;  // counted bytes: as text libpq would stop at a NUL instead of refusing it
    }
  }
  const auto got =
      answer_to(libpq::call().PQsendQueryPrepared(handles_->connection.get(), name.c_str(),
                                                  static_cast<int>(parameters.size()), texts.data(),
                                                  lengths.data(), formats.data(), 0),
                each);
  if (!got.failure.empty()) remember(got, sql);
  wrote_ |= got.changed > 0;
  return failure_ ? 0 : got.changed;
}

void postgres::stream(std::string_view sql, const std::function<void(const row&)>& each) {
  if (failure_) return;
  exec("SET LOCAL statement_timeout = 0");
  if (failure_) return;
  auto* c = handles_->connection.get();
  const int sent = libpq::call().PQsendQuery(c, std::string(sql).c_str());
  libpq::call().PQsetSingleRowMode(c);
  const auto got = answer_to(sent, each);
  if (!got.failure.empty()) remember(got, sql);
}

std::string postgres::prepare(std::string_view sql) {
  std::string key(sql);
  if (const auto found = handles_->statements.find(key); found != handles_->statements.end())
    return found->second;
  const auto name = fmt::format("s{}", handles_->statements.size());
  const auto got = answer_to(
      libpq::call().PQsendPrepare(handles_->connection.get(), name.c_str(), key.c_str(), 0, nullptr), {});
  if (got.failure.empty())
    handles_->statements.emplace(std::move(key), name);
  else
    remember(got, sql);
  return name;
}

result<void> postgres::script(const std::string& sql) {
  const auto got = ask(sql);
  if (got.failure.empty()) return {};
  return fail(errc::database, got.failure);
}

postgres::answer postgres::ask(const std::string& sql) {
  auto got = answer_to(libpq::call().PQsendQuery(handles_->connection.get(), sql.c_str()), {});
  if (means_conflict(got.state)) conflicted_ = true;
  return got;
}

postgres::answer postgres::answer_to(int sent, const std::function<void(const row&)>& each) {
  if (sent != 0) return wait(each);
  answer refused;
  refused.failure = one_line(libpq::call().PQerrorMessage(handles_->connection.get()));
  return refused;
}

postgres::answer postgres::wait(const std::function<void(const row&)>& each) {
  auto* c = handles_->connection.get();
  auto deadline = std::chrono::steady_clock::now() + answer_timeout;
  answer out;
  const auto lost = [&](std::string why) {
    if (out.failure.empty()) out.failure = std::move(why);
    return out;
  };
  while (true) {
    while (libpq::call().PQisBusy(c) != 0) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd ready{libpq::call().PQsocket(c), POLLIN, 0};
      if (left.count() <= 0 || ready.fd < 0) {
        handles_->connection.reset();  // its answer may still come and must never meet another question
        return lost("PostgreSQL did not answer");
      }
      ::poll(&ready, 1, static_cast<int>(left.count()));
      if (libpq::call().PQflush(c) < 0 || libpq::call().PQconsumeInput(c) == 0) {
        // libpq has noticed the end; PQgetResult says it in order.
        break;
      }
    }
    const answer_rows rows(libpq::call().PQgetResult(c));
    if (!rows) return out;
    deadline = std::chrono::steady_clock::now() + answer_timeout;
    switch (libpq::call().PQresultStatus(rows.get())) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
      case PGRES_SINGLE_TUPLE: {
        const std::string_view changed = libpq::call().PQcmdTuples(rows.get());
        out.command = libpq::call().PQcmdStatus(rows.get());
        if (!changed.empty() && !out.command.starts_with("SELECT"))
          std::from_chars(changed.data(), changed.data() + changed.size(), out.changed);
        const int count = each && out.failure.empty() ? libpq::call().PQntuples(rows.get()) : 0;
        for (int i = 0; i < count; ++i) each(postgres_row(rows.get(), i));
        break;
      }
      default: {
        const char* state = libpq::call().PQresultErrorField(rows.get(), PG_DIAG_SQLSTATE);
        const char* message = libpq::call().PQresultErrorField(rows.get(), PG_DIAG_MESSAGE_PRIMARY);
        if (!out.failure.empty()) break;
        out.state = state == nullptr ? "" : state;
        out.failure = one_line(message == nullptr ? libpq::call().PQerrorMessage(c) : message);
        if (out.failure.empty()) out.failure = "the connection to PostgreSQL is lost";
      }
    }
  }
}

// Writers queue on a table that each of them has instead of running into each other: the lock is taken before
// the transaction's view of the data (manual, LOCK), so who waited sees what the one before wrote.
result<void> postgres::begin() {
  return script(
      mode_ == open_mode::read_write
          ? "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE schema_version IN SHARE ROW EXCLUSIVE MODE"
          : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

result<void> postgres::claim() {
  if (claimed_) return {};
  // Keepalives: a machine that died without a word holds its claim for half a minute, not for hours.
  const auto got =
      ask(fmt::format("SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; "
                      "SET tcp_keepalives_count = 3; SET lock_timeout = '3s'; "
                      "SELECT pg_advisory_lock({}, hashtext(current_schema()))",
                      our_locks));
  const auto usual = ask(fmt::format("SET lock_timeout = '{}'", lock_timeout));
  if (got.state == lock_not_available) return fail(errc::database_in_use, "PostgreSQL");
  for (const auto* answered : {&got, &usual})
    if (!answered->failure.empty()) return fail(errc::database, answered->failure);
  claimed_ = true;
  return {};
}

result<void> postgres::begin_exclusive() {
  return script(
      fmt::format("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({})", our_locks));
}

result<void> postgres::commit() {
  const auto got = ask("COMMIT");
  if (!got.failure.empty()) return fail(errc::database, got.failure);
  // PostgreSQL answers a COMMIT after a failed statement with a ROLLBACK that succeeds.
  if (got.command != "COMMIT") return fail(errc::database, "the database undid the whole transaction");
  return {};
}

bool postgres::in_transaction() const noexcept {
  if (!handles_->connection) return false;
  const auto status = libpq::call().PQtransactionStatus(handles_->connection.get());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool postgres::usable() const noexcept {
  return handles_->connection && libpq::call().PQstatus(handles_->connection.get()) == CONNECTION_OK;
}

std::vector<table> postgres::tables() {
  std::vector<table> out;
  for (auto& name : all<std::string>(
           "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"))
    out.push_back({std::move(name), {}, {}});
  for (auto& t : out) {
    const std::vector<value> parameters{t.name};
    run("SELECT column_name::text, CASE data_type WHEN 'text' THEN 1 ELSE 0 END FROM "
        "information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
        parameters, [&t](const row& r) { t.columns.push_back({r.text(0), r.integer(1) != 0}); });
    t.refers_to = all<std::string>(
        "SELECT DISTINCT theirs.relname::text FROM pg_constraint AS c JOIN pg_class AS ours ON ours.oid = "
        "c.conrelid JOIN pg_class AS theirs ON theirs.oid = c.confrelid JOIN pg_namespace AS n ON n.oid = "
        "ours.relnamespace WHERE c.contype = 'f' AND n.nspname = current_schema() AND ours.relname = $1",
        t.name);
  }
  return out;
}

// Primary messages name tables and columns; values stand in the details, which are left out.
void postgres::remember(const answer& a, std::string_view doing) {
  failure_ = error{errc::database, a.failure, {}};
  if (means_conflict(a.state)) {
    conflicted_ = true;
    return;
  }
  log::error("db", "{} (while running: {})", a.failure, doing);
}

}  // namespace mesh::db
