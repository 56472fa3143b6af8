#include "agent/share/zip_writer.hpp"

#include "agent/share/libarchive.hpp"
#include "agent/share/zip_times.hpp"

#include <clocale>
#include <locale.h>
#include <optional>
#include <utility>

namespace mesh::share {
namespace {

const libarchive::functions& lib() noexcept {
  return libarchive::call();
}

// Names are marked as UTF-8 only while the locale of the thread says so.
class utf8_locale {
 public:
  utf8_locale() : before_(::uselocale(get())) {}
  ~utf8_locale() { ::uselocale(before_); }
  utf8_locale(const utf8_locale&) = delete;
  utf8_locale& operator=(const utf8_locale&) = delete;

 private:
  static locale_t get() {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return utf8 == nullptr ? LC_GLOBAL_LOCALE : utf8;
  }
  locale_t before_;
};

struct entry_deleter {
  void operator()(archive_entry* e) const { lib().archive_entry_free(e); }
};

}  // namespace

struct zip_writer::handle {
  explicit handle(std::function<void(bytes_view)> out) : times(std::in_place, std::move(out)) {}
  // An archive that is given up is closed by the library, which writes; nobody takes that any more.
  ~handle() {
    times.reset();
    if (zip != nullptr) lib().archive_write_free(zip);
  }
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;

  static la_ssize_t write(archive*, void* self, const void* data, std::size_t size) {
    auto& times = static_cast<handle*>(self)->times;
    if (times) times->take({static_cast<const std::byte*>(data), size});
    return static_cast<la_ssize_t>(size);
  }

  std::optional<zip_times> times;
  archive* zip = nullptr;
};

zip_writer::zip_writer(std::unique_ptr<handle> h) : handle_(std::move(h)) {}
zip_writer::~zip_writer() = default;

result<void> zip_writer::check(long outcome) {
  if (outcome >= ARCHIVE_OK || outcome == ARCHIVE_WARN) return {};
  const auto* const words = lib().archive_error_string(handle_->zip);
  return fail(errc::io, std::string("zip: ") + (words == nullptr ? "failed" : words));
}

result<std::unique_ptr<zip_writer>> zip_writer::make(std::function<void(bytes_view)> out) {
  if (auto loaded = libarchive::load(); !loaded) return pass(loaded);
  const utf8_locale names;
  std::unique_ptr<zip_writer> made(new zip_writer(std::make_unique<handle>(std::move(out))));
  auto& h = *made->handle_;
  h.zip = lib().archive_write_new();
  if (h.zip == nullptr) return fail(errc::io, "zip: no memory");
  for (const int outcome : {lib().archive_write_set_format_zip(h.zip),
                            lib().archive_write_set_options(h.zip, "zip:compression=store"),
                            lib().archive_write_set_bytes_per_block(h.zip, 0),
                            lib().archive_write_set_bytes_in_last_block(h.zip, 1),
                            lib().archive_write_open(h.zip, &h, nullptr, &handle::write, nullptr)})
    if (auto good = made->check(outcome); !good) return pass(good);
  return made;
}

result<void> zip_writer::begin(const wire::manifest_entry& entry, const std::string& path) {
  const utf8_locale names;
  const std::unique_ptr<archive_entry, entry_deleter> e(lib().archive_entry_new());
  if (!e) return fail(errc::io, "zip: no memory");
  lib().archive_entry_set_pathname(e.get(), path.c_str());
  lib().archive_entry_set_perm(e.get(), static_cast<mode_t>(entry.mode));
  lib().archive_entry_set_mtime(e.get(), static_cast<time_t>(entry.mtime / 1000), 0);
  lib().archive_entry_set_uid(e.get(), 0);
  lib().archive_entry_set_gid(e.get(), 0);
  if (entry.kind == "file") {
    lib().archive_entry_set_filetype(e.get(), AE_IFREG);
    lib().archive_entry_set_size(e.get(), static_cast<la_int64_t>(entry.size));
  } else if (entry.kind == "link") {
    lib().archive_entry_set_filetype(e.get(), AE_IFLNK);
    lib().archive_entry_set_symlink(e.get(), entry.target.value_or("").c_str());
    lib().archive_entry_set_size(e.get(), 0);
  } else {
    lib().archive_entry_set_filetype(e.get(), AE_IFDIR);
    lib().archive_entry_set_size(e.get(), 0);
  }
  if (auto ended = check(lib().archive_write_finish_entry(handle_->zip)); !ended) return ended;
  handle_->times->begin_entry(entry.mtime / 1000);
  return check(lib().archive_write_header(handle_->zip, e.get()));
}

result<void> zip_writer::content(bytes_view data) {
  while (!data.empty()) {
    const auto taken = lib().archive_write_data(handle_->zip, data.data(), data.size());
    if (taken <= 0) return check(taken == 0 ? ARCHIVE_FATAL : static_cast<long>(taken));
    data = data.subspan(static_cast<std::size_t>(taken));
  }
  return {};
}

result<void> zip_writer::finish() {
  const utf8_locale names;
  if (auto ended = check(lib().archive_write_finish_entry(handle_->zip)); !ended) return ended;
  handle_->times->begin_directory();
  return check(lib().archive_write_close(handle_->zip));
}

}  // namespace mesh::share
