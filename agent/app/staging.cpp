#include "agent/app/staging.hpp"

#include "agent/app/move_into.hpp"
#include "agent/app/transfer_book.hpp"
#include "agent/os/fd.hpp"
#include "agent/os/xdg.hpp"
#include "agent/share/arrival_mark.hpp"
#include "agent/share/safe_name.hpp"
#include "core/base/escape.hpp"
#include "core/crypto/blake3.hpp"
#include "core/text/catalogue.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

// Whoever asks again later begins anew.
constexpr auto kept_for = std::chrono::days(30);

// What is begun only. Of what is whole its sender believes that it is safe here.
bool is_unfinished(const std::filesystem::path& entry) {
  const auto name = entry.filename().string();
  std::error_code ignored;
  return name.ends_with(share::journal_name("")) ||
         (share::names_a_part(name) &&
          std::filesystem::exists(entry.parent_path() / share::journal_name(name), ignored));
}

// A file that is called like a part and has no journal may still be written into, unless it bears the mark of
// what arrived.
bool is_whole(const std::filesystem::path& entry) {
  if (is_unfinished(entry)) return false;
  return !share::names_a_part(entry.filename().string()) || share::has_any_arrival_mark(entry);
}

void remove_unfinished(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  for (const auto& inside : std::filesystem::directory_iterator(folder, ignored))
    if (is_unfinished(inside.path())) found.push_back(inside.path());
  for (const auto& path : found) std::filesystem::remove_all(path, ignored);
  std::filesystem::remove(folder, ignored);
}

void drop_old(const std::filesystem::path& base) {
  std::error_code ignored;
  const auto now = std::filesystem::file_time_type::clock::now();
  for (const auto& entry : std::filesystem::directory_iterator(base, ignored)) {
    if (!entry.is_directory(ignored) || now - entry.last_write_time(ignored) <= kept_for) continue;
    const os::unique_fd folder(::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!folder || ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) continue;
    remove_unfinished(entry.path());
  }
}

// A private folder for what a daemon receives for our standard output, or for a folder that it may not write
// into.
result<std::filesystem::path> private_folder(const context& c, std::string_view command,
                                             std::string_view key) {
  const auto base = os::cache_dir(c.variables);
  std::error_code code;
  std::filesystem::create_directories(base, code);
  drop_old(base);
  if (!key.empty()) {
    auto made = base / fmt::format("{}.{}", command, crypto::blake3_hex(as_bytes(key)).substr(0, 32));
    if (::mkdir(made.c_str(), 0700) == 0 || errno == EEXIST) return made;
    return fail(errc::write_failed, fmt::format("{}: {}", made.string(), std::strerror(errno)));
  }
  auto name = (base / fmt::format("{}.XXXXXX", command)).string();
  if (code || ::mkdtemp(name.data()) == nullptr)
    return fail(errc::write_failed, fmt::format("{}: {}", name, std::strerror(errno)));
  return std::filesystem::path(name);
}

result<void> copy(const std::filesystem::path& file, share::stoppable_output& out) {
  const os::unique_fd from(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!from) return fail(errc::file_unreadable, fmt::format("{}: {}", file.string(), std::strerror(errno)));
  std::string buffer(256 * 1024, '\0');
  ssize_t count = 0;
  while ((count = ::read(from.get(), buffer.data(), buffer.size())) > 0) {
    const auto piece = as_bytes(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
    if (auto written = out.write(piece, share::stoppable_output::for_ever); !written) return pass(written);
  }
  if (count < 0)
    return fail(errc::file_unreadable, fmt::format("{}: {}", file.string(), std::strerror(errno)));
  return {};
}

}  // namespace

result<staging> staging::make(const context& c, const std::filesystem::path& output, std::string_view command,
                              std::string_view key) {
  staging out{{}, output, share::collision_named(c.asked.on_collision).value_or(share::collision::rename)};
  // Another command that ends removes an empty one; then it is made once more.
  for (bool there = false; !there;) {
    auto made = private_folder(c, command, key);
    if (!made) return pass(made);
    out.folder = std::move(*made);
    out.held = std::make_shared<const os::unique_fd>(
        ::open(out.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!*out.held && errno != ENOENT)
      return fail(errc::write_failed, fmt::format("{}: {}", out.folder.string(), std::strerror(errno)));
    if (*out.held) out.share_again();
    struct stat locked{}, named{};
    there = *out.held && ::fstat(out.held->get(), &locked) == 0 && ::lstat(out.folder.c_str(), &named) == 0 &&
            locked.st_ino == named.st_ino;
  }
  if (output.empty())
    out.out = std::make_shared<share::stoppable_output>(
        os::unique_fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)), "standard output");
  return out;
}

result<void> staging::forward(wire::json_object& payload) const {
  const auto record = wire::from_json<transfer_record>(wire::json_value(payload));
  if (folder.empty() || !record || !record->stored) return {};
  if (output.empty()) {
    payload["stored"] = record->name;  // where it lay meanwhile is nobody's business, and gone
    auto copied = copy(*record->stored, *out);
    std::error_code ignored;
    if (copied) std::filesystem::remove(*record->stored, ignored);
    return copied;
  }
  const auto moved = move_into(*record->stored, output, record->name, policy);
  if (!moved) return std::unexpected(moved.error());
  payload["stored"] = moved->string();
  return {};
}

void staging::bring_along(bool json) const {
  // Who else receives for that folder just now brings along what is its own.
  if (output.empty() || !is_ours_alone()) return;
  std::vector<std::filesystem::path> whole;
  std::error_code ignored;
  for (const auto& inside : std::filesystem::directory_iterator(folder, ignored))
    if (is_whole(inside.path())) whole.push_back(inside.path());
  std::ranges::sort(whole);
  for (const auto& path : whole) {
    const auto moved = move_into(path, output, path.filename().string(), policy);
    if (!moved)
      print_error(words_of_kept(path.filename().string(), moved.error()));
    else if (json)
      print_json_line({{"event", "brought"}, {"stored", moved->string()}});
    else
      print(text::tr("receive.brought", escape_controls(moved->string())) + "\n");
  }
  share_again();
}

std::string staging::words_of_kept(std::string_view name, const error& why) const {
  return text::tr("receive.stays", escape_controls(name), escape_controls(folder.string()),
                  text::describe(why)) +
         "\n";
}

void staging::keep_only(const std::filesystem::path& newest) const {
  if (output.empty() || !is_ours_alone()) return;
  std::vector<std::filesystem::path> older;
  std::error_code ignored;
  for (const auto& inside : std::filesystem::directory_iterator(folder, ignored))
    if (is_whole(inside.path()) && inside.path() != newest) older.push_back(inside.path());
  for (const auto& path : older) std::filesystem::remove_all(path, ignored);
  share_again();
}

bool staging::is_ours_alone() const {
  if (::flock(held->get(), LOCK_EX | LOCK_NB) == 0) return true;
  share_again();  // a lock is lost by asking for another one in vain
  return false;
}

// Whoever has it alone holds it for moments, or while it copies.
void staging::share_again() const {
  while (::flock(held->get(), LOCK_SH) != 0 && errno == EINTR) {
  }
}

void staging::remove_if_empty() const {
  std::error_code not_empty;
  if (!folder.empty() && is_ours_alone()) std::filesystem::remove(folder, not_empty);
}

void staging::remove_begun() const {
  if (!folder.empty() && is_ours_alone()) remove_unfinished(folder);
}

void staging::remove() const {
  std::error_code ignored;
  if (!folder.empty() && is_ours_alone()) std::filesystem::remove_all(folder, ignored);
}

}  // namespace mesh::app
