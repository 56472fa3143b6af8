#include "agent/share/fd_sink.hpp"

#include "agent/os/os_error.hpp"
#include "agent/share/stoppable_output.hpp"
#include "agent/share/write_fully.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mesh::share {
namespace {

// How long the network thread may wait for the reader of a pipe: long enough to keep one that reads without
// pause busy, short enough that no connection notices.
constexpr auto reader_patience = std::chrono::milliseconds(50);

class place_sink final : public file_sink {
 public:
  place_sink(os::unique_fd fd, std::string name, std::shared_ptr<const void> lease, std::uint64_t start)
      : fd_(std::move(fd)), name_(std::move(name)), lease_(std::move(lease)), start_(start) {}

  result<sink_start> open(const sink_file& file) override {
    size_ = file.size;
    return sink_start{};
  }
  result<void> write(std::uint64_t offset, bytes_view data) override {
    return write_at(fd_.get(), start_ + offset, data, name_);
  }
  result<void> flush() override {
    const auto end = static_cast<off_t>(start_ + size_);
    if (::ftruncate(fd_.get(), end) != 0 || ::fsync(fd_.get()) != 0 || ::lseek(fd_.get(), end, SEEK_SET) < 0)
      return os::fail_errno(errno, "sync " + name_, errc::write_failed);
    return {};
  }
  result<std::string> commit() override { return name_; }
  void abandon(bool) noexcept override {}
  std::string path() const override { return name_; }

 private:
  os::unique_fd fd_;
  std::string name_;
  std::shared_ptr<const void> lease_;
  std::uint64_t start_;
  std::uint64_t size_ = 0;
};

class stream_sink final : public file_sink {
 public:
  stream_sink(os::unique_fd fd, std::string name, std::shared_ptr<const void> lease)
      : out_(std::move(fd), name), name_(std::move(name)), lease_(std::move(lease)) {}

  result<sink_start> open(const sink_file&) override { return sink_start{}; }
  result<void> write(std::uint64_t, bytes_view data) override {
    backlog_.insert(backlog_.end(), data.begin(), data.end());
    return drain(reader_patience);
  }
  result<std::size_t> backlog() override {
    if (auto done = drain(std::chrono::milliseconds(0)); !done) return pass(done);
    return backlog_.size() - drained_;
  }
  result<void> flush() override { return drain(stoppable_output::for_ever); }
  void stop_waiting() noexcept override { out_.stop(); }
  result<std::string> commit() override { return name_; }
  void abandon(bool) noexcept override {}
  std::string path() const override { return name_; }

 private:
  // patience: until the reader takes the next piece.
  result<void> drain(std::chrono::milliseconds patience) {
    auto written = out_.write(bytes_view(backlog_).subspan(drained_), patience);
    if (!written) return pass(written);
    drained_ += *written;
    if (drained_ < backlog_.size()) return {};
    backlog_.clear();
    drained_ = 0;
    return {};
  }

  stoppable_output out_;
  std::string name_;
  std::shared_ptr<const void> lease_;
  bytes backlog_;
  std::size_t drained_ = 0;  // of the backlog
};

}  // namespace

std::unique_ptr<file_sink> make_fd_sink(os::unique_fd fd, std::string name,
                                        std::shared_ptr<const void> lease) {
  struct stat facts{};
  const bool regular = ::fstat(fd.get(), &facts) == 0 && S_ISREG(facts.st_mode);
  const int flags = ::fcntl(fd.get(), F_GETFL);
  const auto at = regular ? ::lseek(fd.get(), 0, SEEK_CUR) : -1;
  if (at >= 0 && flags >= 0 && (flags & O_APPEND) == 0)
    return std::make_unique<place_sink>(std::move(fd), std::move(name), std::move(lease),
                                        static_cast<std::uint64_t>(at));
  return std::make_unique<stream_sink>(std::move(fd), std::move(name), std::move(lease));
}

}  // namespace mesh::share
