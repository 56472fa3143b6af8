#include "server/db/copy.hpp"

#include "core/crypto/sha256.hpp"
#include "server/db/migrations.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ranges>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::db {
namespace {

// Adds up a digest per row, so that the order of rows does not matter; rows differ, as each table has a key.
class adder {
 public:
  void add(std::span<const value> row) {
    std::string bytes;
    for (const auto& v : row) {
      bytes += static_cast<char>('0' + v.index());
      if (const auto* text = std::get_if<std::string>(&v)) bytes += fmt::format("{}:{}", text->size(), *text);
      if (const auto* number = std::get_if<std::int64_t>(&v)) bytes += fmt::format("{};", *number);
    }
    const auto digest = crypto::sha256(as_bytes(bytes));
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      std::uint64_t part = 0;
      std::memcpy(&part, digest.data() + lane * sizeof part, sizeof part);
      lanes_[lane] += part;
    }
    ++rows_;
  }
  table_sum sum(std::string name) const {
    return {std::move(name), rows_, fmt::format("{:016x}", fmt::join(lanes_, ""))};
  }

 private:
  std::array<std::uint64_t, 4> lanes_{};
  std::int64_t rows_ = 0;
};

std::vector<table> referenced_first(std::vector<table> tables) {
  std::vector<table> out;
  const auto placed = [&](const std::string& name) {
    return std::ranges::find(out, name, &table::name) != out.end();
  };
  while (!tables.empty()) {
    const auto next = std::ranges::find_if(tables, [&](const table& t) {
      return std::ranges::all_of(t.refers_to,
                                 [&](const auto& name) { return name == t.name || placed(name); });
    });
    if (next == tables.end()) break;  // a circle, which no step of the schema makes
    out.push_back(std::move(*next));
    tables.erase(next);
  }
  std::ranges::move(tables, std::back_inserter(out));
  return out;
}

std::string columns_of(const table& t) {
  std::vector<std::string_view> names;
  for (const auto& c : t.columns) names.push_back(c.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

void each_row(connection& of, const table& t, const std::function<void(std::span<const value>)>& fn) {
  std::vector<value> cells(t.columns.size());
  of.stream(fmt::format("SELECT {} FROM {}", columns_of(t), t.name), [&](const row& r) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto column = static_cast<int>(i);
      if (r.is_null(column))
        cells[i] = std::monostate();
      else if (t.columns[i].is_text)
        cells[i] = r.text(column);
      else
        cells[i] = r.integer(column);
    }
    fn(cells);
  });
}

}  // namespace

result<std::vector<table>> tables_in_order(connection& c) {
  auto tables = c.tables();
  if (auto ok = outcome_of(c); !ok) return pass(ok);
  std::erase_if(tables, [](const table& t) { return t.name == schema_record || t.name == backup_record; });
  return referenced_first(std::move(tables));
}

result<std::vector<table_sum>> sum_tables(connection& of) {
  const auto tables = tables_in_order(of);
  if (!tables) return std::unexpected(tables.error());
  std::vector<table_sum> out;
  for (const auto& t : *tables) {
    adder sum;
    each_row(of, t, [&](std::span<const value> row) { sum.add(row); });
    if (auto ok = outcome_of(of); !ok) return pass(ok);
    out.push_back(sum.sum(t.name));
  }
  std::ranges::sort(out, {}, &table_sum::name);
  return out;
}

namespace {

result<bool> is_empty(connection& db, int schema) {
  const auto tables = tables_in_order(db);
  if (!tables) return std::unexpected(tables.error());
  if (schema == 0) return tables->empty();  // what is there is somebody else's
  bool empty = true;
  for (const auto& t : *tables)
    empty = empty && db.number(fmt::format("SELECT 1 FROM {} LIMIT 1", t.name)) == 0;
  if (auto ok = outcome_of(db); !ok) return pass(ok);
  return empty;
}

// Gathers rows and inserts as many at once as one statement holds.
class inserter {
 public:
  inserter(connection& to, const table& t)
      : to_(to),
        head_(fmt::format("INSERT INTO {} ({}) VALUES ", t.name, columns_of(t))),
        width_(t.columns.size()) {}

  void add(std::span<const value> row) {
    waiting_.insert(waiting_.end(), row.begin(), row.end());
    if (waiting_.size() >= rows_at_once * width_) flush();
  }
  void flush() {
    if (waiting_.empty()) return;
    std::string sql = head_;
    for (std::size_t i = 0; i < waiting_.size(); ++i)
      sql += fmt::format("{}${}{}",
                         i % width_ != 0 ? ", "
                         : i == 0        ? "("
                                         : ", (",
                         i + 1, i % width_ == width_ - 1 ? ")" : "");
    to_.run(sql, waiting_, {});
    waiting_.clear();
  }

 private:
  static constexpr std::size_t rows_at_once = 50;
  connection& to_;
  std::string head_;
  std::size_t width_;
  std::vector<value> waiting_;
};

// Makes room in a target of the schema given, whatever it holds now.
result<void> prepare(connection& to, int version, wall_time now, onto existing) {
  const auto steps = migrations();
  const auto has = schema_of(to, steps);
  if (!has) return std::unexpected(has.error());
  const auto empty = is_empty(to, *has);
  if (!empty) return std::unexpected(empty.error());
  if (!*empty && (existing == onto::refuse || *has == 0))
    return fail(errc::database_not_empty, "the database");
  if (*has > version)
    return fail(errc::database, fmt::format("the target has schema {} already and the data schema {}: name a "
                                            "database without tables",
                                            *has, version));
  const auto at = migrate(to, steps.first(static_cast<std::size_t>(version)), now);
  if (!at) return std::unexpected(at.error());
  return {};
}

result<table_sum> copy_table(connection& from, connection& to, const table& t) {
  adder sum;
  inserter rows(to, t);
  each_row(from, t, [&](std::span<const value> row) {
    rows.add(row);
    sum.add(row);
  });
  rows.flush();
  for (const auto* side : {&from, &to})
    if (auto ok = outcome_of(*side); !ok) return pass(ok);
  return sum.sum(t.name);
}

// Inside a transaction on both sides.
result<std::vector<table_sum>> copy_rows(connection& from, connection& to, const copy_options& options) {
  const auto tables = tables_in_order(to);
  if (!tables) return std::unexpected(tables.error());
  for (const auto& t : *tables | std::views::reverse) to.exec("DELETE FROM " + t.name);
  std::vector<table_sum> out;
  for (const auto& t : *tables) {
    auto sum = copy_table(from, to, t);
    if (!sum) return std::unexpected(sum.error());
    if (options.progress) options.progress(*sum);
    out.push_back(std::move(*sum));
  }
  std::ranges::sort(out, {}, &table_sum::name);
  return out;
}

result<void> compare(const std::vector<table_sum>& sent, connection& to) {
  const auto arrived = sum_tables(to);
  if (!arrived) return std::unexpected(arrived.error());
  const auto [ours, theirs] = std::ranges::mismatch(sent, *arrived);
  if (ours == sent.end() && theirs == arrived->end()) return {};
  return fail(errc::database, fmt::format("the rows of table {} arrived different from those that were read",
                                          ours == sent.end() ? theirs->name : ours->name));
}

}  // namespace

result<std::vector<table_sum>> copy_database(connection& from, connection& to, wall_time now,
                                             const copy_options& options) {
  if (auto begun = from.begin(); !begun) return pass(begun);
  const auto version = schema_of(from, migrations());
  if (!version) return std::unexpected(version.error());
  if (*version == 0) return fail(errc::database, "it holds no data of mesh-server");
  if (auto ready = prepare(to, *version, now, options.existing); !ready) return pass(ready);
  if (auto begun = to.begin(); !begun) return pass(begun);
  auto sums = copy_rows(from, to, options);
  if (!sums) return sums;
  if (auto same = compare(*sums, to); !same) return pass(same);
  if (options.before_commit)
    if (auto agreed = options.before_commit(); !agreed) return pass(agreed);
  if (auto kept = to.commit(); !kept) return pass(kept);
  return sums;
}

}  // namespace mesh::db
