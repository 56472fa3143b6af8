#include "agent/share/copy_tree.hpp"

#include "agent/os/fd.hpp"
#include "agent/os/os_error.hpp"
#include "agent/share/libarchive.hpp"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>

namespace mesh::share {
namespace {

constexpr int kept =
    ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_NO_OVERWRITE;

struct copying {
  using archive_owner = std::unique_ptr<archive, int (*)(archive*)>;

  const libarchive::functions& call = libarchive::call();
  archive_owner from{call.archive_read_disk_new(), call.archive_read_free};
  archive_owner to{call.archive_write_disk_new(), call.archive_write_free};

  std::unexpected<error> unreadable() const { return reason(*from, errc::file_unreadable); }
  std::unexpected<error> unwritable() const { return reason(*to, errc::write_failed); }

  result<void> all(const std::filesystem::path& source, const std::filesystem::path& target);
  result<void> content() const;

 private:
  std::unexpected<error> reason(archive& of, errc otherwise) const {
    const auto* const text = call.archive_error_string(&of);
    return fail(os::code_of_errno(call.archive_errno(&of), otherwise), text == nullptr ? "" : text);
  }
};

result<void> copying::all(const std::filesystem::path& source, const std::filesystem::path& target) {
  (void)call.archive_read_disk_set_symlink_physical(from.get());
  (void)call.archive_write_disk_set_options(to.get(), kept);
  if (call.archive_read_disk_open(from.get(), source.c_str()) != ARCHIVE_OK) return unreadable();
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(call.archive_entry_new(),
                                                                       call.archive_entry_free);
  while (true) {
    const int got = call.archive_read_next_header2(from.get(), entry.get());
    if (got == ARCHIVE_EOF) break;
    if (got != ARCHIVE_OK) return unreadable();
    (void)call.archive_read_disk_descend(from.get());
    const std::string path = call.archive_entry_pathname(entry.get());
    const auto below = path.substr(source.native().size());
    call.archive_entry_set_pathname(entry.get(), (target.native() + below).c_str());
    if (call.archive_write_header(to.get(), entry.get()) != ARCHIVE_OK) return unwritable();
    if (auto copied = content(); !copied) return copied;
    // Extended attributes of namespaces that are not ours to set, or that there are none, are no fault.
    if (call.archive_write_finish_entry(to.get()) < ARCHIVE_WARN) return unwritable();
  }
  // Modes and times of directories come at the end.
  if (call.archive_write_close(to.get()) < ARCHIVE_WARN) return unwritable();
  return {};
}

result<void> copying::content() const {
  while (true) {
    const void* data = nullptr;
    std::size_t size = 0;
    std::int64_t offset = 0;
    const int got = call.archive_read_data_block(from.get(), &data, &size, &offset);
    if (got == ARCHIVE_EOF) return {};
    if (got != ARCHIVE_OK) return unreadable();
    if (call.archive_write_data_block(to.get(), data, size, offset) < ARCHIVE_OK) return unwritable();
  }
}

}  // namespace

result<void> copy_tree(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (auto loaded = libarchive::load(); !loaded) return loaded;
  if (auto done = copying().all(from, to); !done) return done;
  const os::unique_fd there(::open(to.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!there || ::syncfs(there.get()) != 0)
    return os::fail_errno(errno, "sync " + to.string(), errc::write_failed);
  return {};
}

}  // namespace mesh::share
