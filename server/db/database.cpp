#include "server/db/database.hpp"

#include "core/base/log.hpp"
#include "core/base/mutex.hpp"
#include "server/db/reconnect.hpp"
#include "server/db/sql_transaction.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace mesh::db {
namespace {

// Our own writers queue, so a conflict comes from somebody else's program; together less than a second.
constexpr int tries_max = 10;

void wait_after(int tries) {
  thread_local std::minstd_rand chance{std::random_device{}()};
  const int longest = std::min(1 << tries, 100);
  std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution(1, longest)(chance)));
}

using time = std::chrono::steady_clock::time_point;

// A connection and the tables over it.
struct session {
  explicit session(std::unique_ptr<class connection> c) : connection(std::move(c)), tables(*connection) {}
  std::unique_ptr<class connection> connection;
  sql_transaction tables;
};

error undone() {
  return {errc::database, "the database undid the whole transaction", {}};
}

// Runs one job between savepoints. What it kept is durable only after the outer COMMIT.
result<void> run_in_savepoint(session& s, database::work& job) {
  if (auto begun = s.connection->control("SAVEPOINT job"); !begun) return begun;
  const bool keep = job(s.tables);
  result<void> outcome;
  if (const auto& failure = s.connection->failure()) outcome = std::unexpected(*failure);
  s.connection->clear_failure();
  if (!s.connection->in_transaction()) return std::unexpected(outcome ? undone() : outcome.error());
  if (outcome && keep) return s.connection->control("RELEASE job");
  if (auto undone = s.connection->script("ROLLBACK TO job; RELEASE job"); !undone) return undone;
  return outcome;
}

// Runs one job in the transaction of all. False when the transaction holds what must not stay.
bool run_plainly(session& s, database::work& job, result<void>& outcome) {
  auto& c = *s.connection;
  c.clear_wrote();
  const bool keep = job(s.tables);
  if (const auto& failure = c.failure()) outcome = std::unexpected(*failure);
  c.clear_failure();
  return outcome && (keep || !c.wrote());
}

void give_up(session& s, std::span<result<void>> outcomes, const error& why) {
  for (auto& outcome : outcomes)
    if (outcome) outcome = std::unexpected(why);
  s.connection->clear_failure();
  if (s.connection->in_transaction()) static_cast<void>(s.connection->control("ROLLBACK"));
}

enum class separation { none, savepoints };

// How a try at all jobs in one transaction ended.
enum class ending {
  decided,    // the outcomes hold
  entangled,  // nothing was written: what a refused job had written could not be undone alone
  conflict,   // nothing was written; another try may pass
  lost,       // nothing was written; the connection is gone
};

// Almost every job of a group keeps what it wrote, so a savepoint for each is spared until one does not.
ending write_once(session& s, std::span<database::work> jobs, std::span<result<void>> outcomes,
                  separation apart) {
  auto& c = *s.connection;
  c.clear_conflict();
  const auto ended = [&](const error& why) {
    give_up(s, outcomes, why);
    if (!c.usable()) return ending::lost;
    return c.conflicted() ? ending::conflict : ending::decided;
  };
  if (auto begun = c.begin(); !begun) return ended(begun.error());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    bool undo = false;
    if (apart == separation::savepoints)
      outcomes[i] = run_in_savepoint(s, jobs[i]);
    else
      undo = !run_plainly(s, jobs[i], outcomes[i]);
    if (!c.in_transaction() || c.conflicted()) return ended(outcomes[i] ? undone() : outcomes[i].error());
    if (!undo) continue;
    if (const auto rolled_back = c.control("ROLLBACK"); !rolled_back) return ended(rolled_back.error());
    return jobs.size() == 1 ? ending::decided : ending::entangled;
  }
  const auto committed = c.commit();
  if (committed) return ending::decided;
  // Lost while committing, nobody knows whether it stands: the answer is a failure and no second try.
  const auto how = ended(committed.error());
  return how == ending::lost ? ending::decided : how;
}

}  // namespace

struct database::state {
  state(source w, use u) : where(std::move(w)), as(u) {}

  const source where;
  const use as;
  int version = 0;
  mutex write_mutex;
  std::unique_ptr<session> writer MESH_GUARDED_BY(write_mutex);
  mutex idle_mutex;
  std::vector<std::unique_ptr<session>> idle_readers MESH_GUARDED_BY(idle_mutex);
  mutex gate_mutex;
  reconnect gate MESH_GUARDED_BY(gate_mutex);

  result<std::unique_ptr<session>> connect(open_mode mode) {
    {
      const mutex_lock lock(gate_mutex);
      if (!gate.may_try(std::chrono::steady_clock::now()))
        return fail(errc::database, where.name() + " cannot be reached");
    }
    auto opened = where.open(mode);
    if (opened && mode == open_mode::read_write && as == use::owner)
      if (auto ours = (*opened)->claim(); !ours) opened = std::unexpected(ours.error());
    const mutex_lock lock(gate_mutex);
    if (!opened) {
      gate.failed(std::chrono::steady_clock::now());
      log::error("db", "{}: {}", word(opened.error().code), opened.error().detail);
      return pass(opened);
    }
    if (gate.down()) log::info("db", "{} is back", where.name());
    gate.succeeded();
    return std::make_unique<session>(std::move(*opened));
  }

  result<std::unique_ptr<session>> take_reader() {
    {
      const mutex_lock lock(idle_mutex);
      if (!idle_readers.empty()) {
        auto taken = std::move(idle_readers.back());
        idle_readers.pop_back();
        return taken;
      }
    }
    return connect(open_mode::read_only);
  }
  void give_reader_back(std::unique_ptr<session> reader) {
    const mutex_lock lock(idle_mutex);
    idle_readers.push_back(std::move(reader));
  }
};

database::database(std::unique_ptr<state> s) : state_(std::move(s)) {}
database::database(database&&) noexcept = default;
database& database::operator=(database&&) noexcept = default;
database::~database() = default;

result<database> database::open(const std::string& address, wall_time now, use as) {
  auto s = std::make_unique<state>(source(address), as);
  auto opened = s->where.open_newest(now, s->version, as);
  if (!opened) return std::unexpected(opened.error());
  {
    const mutex_lock lock(s->write_mutex);
    s->writer = std::make_unique<session>(std::move(*opened));
  }
  return database(std::move(s));
}

std::vector<result<void>> database::write(std::span<work> jobs) {
  std::vector<result<void>> outcomes(jobs.size());
  const mutex_lock lock(state_->write_mutex);
  auto apart = separation::none;
  for (int tries = 1;; ++tries) {
    if (!state_->writer->connection->usable()) {
      auto fresh = state_->connect(open_mode::read_write);
      if (!fresh) {
        outcomes.assign(jobs.size(), std::unexpected(fresh.error()));
        return outcomes;
      }
      state_->writer = std::move(*fresh);
    }
    outcomes.assign(jobs.size(), {});
    const auto how = write_once(*state_->writer, jobs, outcomes, apart);
    if (how == ending::entangled) {
      apart = separation::savepoints;  // with these it cannot end so again
      --tries;
      continue;
    }
    if (how == ending::decided || tries == tries_max) return outcomes;
    if (how == ending::conflict) wait_after(tries);
  }
}

result<void> database::write(work job) {
  return std::move(write(std::span(&job, 1)).front());
}

result<void> database::read(work job) {
  for (int tries = 1;; ++tries) {
    auto reader = state_->take_reader();
    if (!reader) return std::unexpected(reader.error());
    auto& c = *(*reader)->connection;
    auto outcome = c.begin();
    if (outcome) {
      static_cast<void>(job((*reader)->tables));
      outcome = outcome_of(c);
      c.clear_failure();
      if (c.in_transaction()) static_cast<void>(c.control("ROLLBACK"));
    }
    const bool lost = !c.usable();
    if (outcome) state_->give_reader_back(std::move(*reader));  // one that failed is closed
    if (outcome || !lost || tries == tries_max) return outcome;
  }
}

int database::schema_version() const {
  return state_->version;
}

}  // namespace mesh::db
