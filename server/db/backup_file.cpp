#include "server/db/backup_file.hpp"

#include "core/crypto/blake3.hpp"
#include "server/db/migrations.hpp"
#include "server/db/sqlite.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace mesh::db {
namespace {

namespace fs = std::filesystem;

// SQLite reads as many pages as its header counts and does not mind what follows them.
constexpr std::string_view seal_words = "\nmesh-server backup, BLAKE3 ";
constexpr std::size_t seal_bytes = seal_words.size() + 64 + 1;

// "The SQLite Database File Format", 1.3: the magic words, and at offset 68 the application's id, "Mesh".
constexpr std::size_t head_bytes = 100;
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t application_offset = 68;
constexpr std::string_view application = "Mesh";

constexpr int format = 1;

struct label_row {
  std::int64_t format = 0;
  wall_time made_at;
  std::string program;
  std::string keys;
};
BOOST_DESCRIBE_STRUCT(label_row, (), (format, made_at, program, keys))

std::unexpected<error> invalid(const fs::path& file, std::string_view why) {
  return fail(errc::backup_invalid, fmt::format("{}: {}", file.string(), why));
}

std::unexpected<error> not_written(const fs::path& file) {
  return fail(errc::write_failed,
              fmt::format("{}: {}", file.string(), std::generic_category().message(errno)));
}

// A file beside its final place, gone again unless it gets there.
class partial_file {
 public:
  static result<partial_file> make(const fs::path& file) {
    std::string pattern = file.string() + ".XXXXXX";
    const int fd = ::mkostemp(pattern.data(), O_CLOEXEC);  // mode 0600
    if (fd < 0) return not_written(file);
    ::close(fd);
    return partial_file(pattern);
  }
  partial_file(partial_file&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  partial_file& operator=(partial_file&&) = delete;
  ~partial_file() {
    if (path_.empty()) return;
    for (const auto* more : {"", "-wal", "-shm", "-journal"}) {
      std::error_code ignored;
      fs::remove(path_.string() + more, ignored);
    }
  }

  const fs::path& path() const { return path_; }

  result<void> move_to(const fs::path& file, onto existing) {
    const unsigned flags = existing == onto::refuse ? RENAME_NOREPLACE : 0;
    int failed = ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, file.c_str(), flags);
    if (failed != 0 && errno == EINVAL && !fs::exists(file))  // a file system without that flag
      failed = ::rename(path_.c_str(), file.c_str());
    if (failed != 0 && (errno == EEXIST || errno == EINVAL)) return fail(errc::file_exists, file.string());
    if (failed != 0) return not_written(file);
    path_.clear();
    return sync(file.has_parent_path() ? file.parent_path() : fs::path("."), O_RDONLY | O_DIRECTORY);
  }

  static result<void> sync(const fs::path& file, int flags) {
    const int fd = ::open(file.c_str(), flags | O_CLOEXEC);
    if (fd < 0) return not_written(file);
    const bool done = ::fsync(fd) == 0;
    auto outcome = done ? result<void>() : not_written(file);
    ::close(fd);
    return outcome;
  }

 private:
  explicit partial_file(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

std::string seal_of(const std::string& hash) {
  return fmt::format("{}{}\n", seal_words, hash);
}

// BLAKE3 of the first bytes of a stream; fewer when it ends.
std::string hash_of(std::istream& in, std::uintmax_t bytes) {
  crypto::blake3_hasher hasher;
  std::vector<char> piece(std::size_t{1} << 18U);
  while (bytes > 0 && in) {
    in.read(piece.data(), static_cast<std::streamsize>(std::min<std::uintmax_t>(bytes, piece.size())));
    const auto got = static_cast<std::size_t>(in.gcount());
    hasher.update(as_bytes(std::string_view(piece.data(), got)));
    bytes -= got;
  }
  return hasher.hex();
}

result<void> seal(const fs::path& file) {
  std::error_code failure;
  const auto bytes = fs::file_size(file, failure);
  std::ifstream in(file, std::ios::binary);
  const auto hash = hash_of(in, bytes);
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << seal_of(hash);
  out.close();
  if (failure || !in || !out) return not_written(file);
  return partial_file::sync(file, O_RDWR);
}

result<void> check_seal(const fs::path& file) {
  std::error_code failure;
  const auto bytes = fs::file_size(file, failure);
  std::ifstream in(file, std::ios::binary);
  if (failure || !in)
    return fail(errc::file_unreadable,
                fmt::format("{}: {}", file.string(), std::generic_category().message(errno)));
  std::array<char, head_bytes> head{};
  in.read(head.data(), head.size());
  const std::string_view seen(head.data(), head.size());
  if (!in || !seen.starts_with(magic) || seen.substr(application_offset, 4) != application)
    return invalid(file, "mesh-server did not make this file");
  if (bytes < head_bytes + seal_bytes) return invalid(file, "it is cut short");
  in.seekg(0);
  const auto expected = seal_of(hash_of(in, bytes - seal_bytes));
  std::string found(seal_bytes, '\0');
  in.read(found.data(), static_cast<std::streamsize>(found.size()));
  if (!in || found != expected) return invalid(file, "it is cut short or damaged");
  return {};
}

result<void> put_label(connection& into, const backup_label& label) {
  into.exec("CREATE TABLE backup_label (format BIGINT, made_at BIGINT, program TEXT, keys TEXT)");
  into.insert("INSERT INTO backup_label (format, made_at, program, keys) VALUES ($1, $2, $3, $4)",
              label_row{format, label.made_at, label.program, std::string(label.keys.reveal())});
  return outcome_of(into);
}

result<std::vector<table_sum>> fill(connection& from, const fs::path& file, const backup_label& label) {
  auto into = sqlite::open(file, open_mode::read_write);
  if (!into) return std::unexpected(into.error());
  // One file: no -wal beside it. It counts only once it is whole and synced, so nothing is synced before.
  auto ready = (*into)->script("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA application_id=" +
                               std::to_string(0x4d657368));
  if (!ready) return pass(ready);
  return copy_database(from, **into, label.made_at,
                       {.before_commit = [&] { return put_label(**into, label); }});
}

result<void> read_back(const fs::path& file, const std::vector<table_sum>& written) {
  auto made = backup_file::open(file);
  if (!made) return pass(made);
  const auto found = sum_tables(made->rows());
  if (!found) return std::unexpected(found.error());
  if (*found != written) return invalid(file, "what was written does not read back");
  return {};
}

}  // namespace

result<std::vector<table_sum>> backup_file::write(connection& from, const fs::path& file,
                                                  const backup_label& label, onto existing) {
  std::error_code unused;
  if (existing == onto::refuse && fs::exists(file, unused)) return fail(errc::file_exists, file.string());
  auto partial = partial_file::make(file);
  if (!partial) return pass(partial);
  auto sums = fill(from, partial->path(), label);
  if (!sums) return sums;
  if (auto sealed = seal(partial->path()); !sealed) return pass(sealed);
  if (auto same = read_back(partial->path(), *sums); !same) return pass(same);
  if (auto there = partial->move_to(file, existing); !there) return pass(there);
  return sums;
}

result<backup_file> backup_file::open(const fs::path& file) {
  if (auto whole = check_seal(file); !whole) return pass(whole);
  auto rows = sqlite::open(file, open_mode::read_only);
  if (!rows) return invalid(file, rows.error().detail);
  auto& db = **rows;
  const auto sound = db.one<std::string>("PRAGMA integrity_check(1)");
  const auto label = db.one<label_row>("SELECT format, made_at, program, keys FROM backup_label");
  if (auto read = outcome_of(db); !read) return invalid(file, read.error().detail);
  if (sound != "ok") return invalid(file, sound.value_or("it is damaged"));
  if (!label || label->format != format) return invalid(file, "a newer mesh-server made it");
  if (const auto known = schema_of(db, migrations()); !known) return invalid(file, known.error().detail);
  return backup_file(std::move(*rows), {label->made_at, label->program, secret(label->keys)});
}

}  // namespace mesh::db
