#include "agent/share/source_tree.hpp"

#include "agent/os/os_error.hpp"
#include "agent/share/ignore_reader.hpp"
#include "agent/share/safe_name.hpp"
#include "agent/share/tree_path.hpp"
#include "agent/share/utf8.hpp"
#include "core/base/limits.hpp"
#include "core/crypto/blake3.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <numeric>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace mesh::share {
namespace {

constexpr mode_t permission_bits = 0777;

std::int64_t milliseconds(const timespec& t) noexcept {
  return static_cast<std::int64_t>(t.tv_sec) * 1000 + t.tv_nsec / 1'000'000;
}

class scan {
 public:
  scan(source_tree& out, ignore_files patterns) : out_(out), patterns_(patterns) {}

  // wire, local: of the directory, with a trailing '/' unless empty.
  result<void> directory(const os::safe_dir& dir, const std::string& wire, const std::string& local);
  void sort();

 private:
  result<void> entries(const os::safe_dir& dir, const std::string& wire, const std::string& local);
  result<void> entry(const os::safe_dir& dir, const std::string& name, const std::string& wire,
                     const std::string& local);
  bool ignored(const std::string& local, bool directory);
  result<void> add(wire::manifest_entry entry, const std::string& local);
  void leave_out(errc code, std::string path, std::string_view detail, bool missed);

  source_tree& out_;
  ignore_files patterns_;
  ignore_rules rules_;
  std::vector<std::string> locals_;  // of all entries; empty when equal to the path
};

void scan::leave_out(errc code, std::string path, std::string_view detail, bool missed) {
  auto& left = out_.left_out;
  ++left.omitted;
  left.incomplete |= missed;
  if (missed && out_.missed.size() < missed_paths_max) out_.missed.push_back(path);
  // Local paths and targets of links are any bytes.
  left.note(code, std::move(path), well_formed(detail));
}

result<void> scan::add(wire::manifest_entry entry, const std::string& local) {
  if (out_.entries.size() == limits::folder_entries_max)
    return fail(errc::too_large, out_.dir.path().string() + " holds too many files");
  locals_.push_back(local == entry.path ? std::string() : local);
  out_.entries.push_back(std::move(entry));
  return {};
}

result<void> scan::directory(const os::safe_dir& dir, const std::string& wire, const std::string& local) {
  if (patterns_ == ignore_files::overlook) return entries(dir, wire, local);
  const auto text = read_ignore_file(dir);
  if (!text) return std::unexpected(text.error());
  rules_.enter(local, *text);
  auto done = entries(dir, wire, local);
  rules_.leave();
  return done;
}

bool scan::ignored(const std::string& local, bool directory) {
  if (patterns_ == ignore_files::overlook) return false;
  const auto verdict = rules_.judge(local, directory);
  if (!verdict || !verdict->ignored) return false;
  out_.left_out.ignored = out_.left_out.ignored.value_or(0) + 1;
  return true;
}

result<void> scan::entries(const os::safe_dir& dir, const std::string& wire, const std::string& local) {
  const auto names = dir.entries();
  if (!names) return std::unexpected(names.error());
  for (const auto& name : *names)
    if (auto done = entry(dir, name, wire + offered_name(name), local + name); !done) return done;
  return {};
}

result<void> scan::entry(const os::safe_dir& dir, const std::string& name, const std::string& wire,
                         const std::string& local) {
  const auto facts = dir.facts(name);
  if (!facts) return {};  // gone meanwhile
  if (ignored(local, S_ISDIR(facts->st_mode))) return {};
  if (const auto good = check_tree_path(wire); !good) {
    leave_out(good.error().code, wire, good.error().detail, true);
    return {};
  }
  wire::manifest_entry e{wire, {}, 0, milliseconds(facts->st_mtim), facts->st_mode & permission_bits, {}};
  if (S_ISREG(facts->st_mode)) {
    e.kind = "file";
    e.size = static_cast<std::uint64_t>(facts->st_size);
    return add(std::move(e), local);
  }
  if (S_ISDIR(facts->st_mode)) {
    const auto inside = dir.open_dir(name);
    if (!inside) {
      leave_out(errc::file_unreadable, wire, inside.error().detail, true);
      return {};
    }
    e.kind = "directory";
    if (auto added = add(std::move(e), local); !added) return added;
    return directory(*inside, wire + '/', local + '/');
  }
  if (!S_ISLNK(facts->st_mode)) {
    leave_out(errc::not_a_file, wire, "neither a file nor a folder nor a link", false);
    return {};
  }
  std::array<char, limits::folder_path_bytes_max + 1> target{};
  const auto size = ::readlinkat(dir.fd(), name.c_str(), target.data(), target.size());
  e.kind = "link";
  e.target = std::string(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (const auto good = check_link_target(wire, *e.target); !good) {
    leave_out(good.error().code, wire, *e.target, false);
    return {};
  }
  return add(std::move(e), local);
}

// Also drops what became equal to another path when its bytes were made UTF-8, and what lies below.
void scan::sort() {
  std::vector<std::size_t> order(out_.entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [this](std::size_t i) -> const std::string& { return out_.entries[i].path; });
  std::vector<wire::manifest_entry> sorted;
  sorted.reserve(order.size());
  for (const auto i : order) {
    auto& e = out_.entries[i];
    if (!sorted.empty() && sorted.back().path == e.path) {
      leave_out(errc::name_unsafe, e.path, "another file has this name in UTF-8", true);
      continue;
    }
    if (!locals_[i].empty()) out_.local_paths.emplace(sorted.size(), std::move(locals_[i]));
    out_.files += e.kind == "file" ? 1 : 0;
    out_.size += e.size;
    sorted.push_back(std::move(e));
  }
  out_.entries = std::move(sorted);
}

}  // namespace

result<source_tree> scan_tree(const std::filesystem::path& folder, ignore_files patterns) {
  std::error_code code;
  const auto real = std::filesystem::canonical(folder, code);
  if (code) return os::fail_errno(code.value(), folder.string(), errc::file_unreadable);
  auto dir = os::safe_dir::open(real);
  if (!dir) return fail(errc::file_unreadable, folder.string() + " is no folder that can be read");
  return scan_dir(std::move(*dir), patterns);
}

result<source_tree> scan_dir(os::safe_dir dir, ignore_files patterns) {
  const auto path = dir.path();
  struct stat facts{};
  if (::fstat(dir.fd(), &facts) != 0)
    return fail(errc::file_unreadable, path.string() + " is no folder that can be read");
  source_tree out{std::move(dir), offered_name(path.filename().string()),
                  crypto::blake3_hex(as_bytes(path.native())).substr(0, wire::folder_meta::origin_chars),
                  milliseconds(facts.st_mtim), facts.st_mode & permission_bits};
  scan walk(out, patterns);
  if (auto done = walk.directory(out.dir, {}, {}); !done) return pass(done);
  walk.sort();
  if (out.size > limits::file_bytes_max) return fail(errc::too_large, path.string() + " is too large");
  out.left_out.files = out.files;
  return out;
}

const std::string& source_tree::local(std::size_t entry) const {
  const auto renamed = local_paths.find(entry);
  return renamed == local_paths.end() ? entries[entry].path : renamed->second;
}

carried_xattrs source_tree::xattrs_of(std::optional<std::size_t> directory) const {
  if (!directory) return read_xattrs(dir.fd());
  const auto inside = dir.open_dir(local(*directory));
  return inside ? read_xattrs(inside->fd()) : carried_xattrs();
}

result<file_source> source_tree::open(std::size_t entry) const {
  auto fd = dir.open_file(local(entry));
  if (!fd && fd.error().code == errc::io) return fail(errc::file_unreadable, fd.error().detail);
  if (!fd) return pass(fd);
  return file_source::adopt(std::move(*fd), dir.path() / local(entry));
}

}  // namespace mesh::share
