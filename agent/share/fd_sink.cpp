#include "agent/share/fd_sink.hpp"

#include "agent/os/os_error.hpp"
#include "agent/share/write_fully.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace mesh::share {
namespace {

class fd_sink final : public file_sink {
 public:
  fd_sink(os::unique_fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {
    struct stat facts{};
    in_place_ = ::fstat(fd_.get(), &facts) == 0 && S_ISREG(facts.st_mode);
  }

  result<void> open(const sink_file& file) override {
    size_ = file.size;
    return {};
  }

  result<void> write(std::uint64_t offset, bytes_view data) override {
    return in_place_ ? write_at(fd_.get(), offset, data, name_) : write_stream(fd_.get(), data, name_);
  }

  result<void> flush() override {
    if (!in_place_) return {};
    if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0 || ::fsync(fd_.get()) != 0)
      return os::fail_errno(errno, "sync " + name_, errc::write_failed);
    return {};
  }

  result<std::string> commit() override { return name_; }
  void abandon(bool) noexcept override {}
  std::string path() const override { return name_; }

 private:
  os::unique_fd fd_;
  std::string name_;
  std::uint64_t size_ = 0;
  bool in_place_ = false;
};

}  // namespace

std::unique_ptr<file_sink> make_fd_sink(os::unique_fd fd, std::string name) {
  return std::make_unique<fd_sink>(std::move(fd), std::move(name));
}

}  // namespace mesh::share
