#include "agent/os/fd.hpp"
#include "agent/terminal/pty.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mesh::terminal {
namespace {

winsize as_winsize(terminal_size size) {
  return {static_cast<unsigned short>(size.rows), static_cast<unsigned short>(size.cols), 0, 0};
}

std::string shell_of_person() {
  const char* const wanted = std::getenv("SHELL");
  for (const auto* candidate : {wanted != nullptr ? wanted : "", "/bin/bash", "/bin/sh"})
    if (::access(candidate, X_OK) == 0) return candidate;
  return "/bin/sh";
}

// In the child: a clean process, then the program. Returns only when there is none.
void run(const std::string& shell, const std::string& command, const std::vector<std::string>& variables) {
  for (const int number :
       {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD, SIGWINCH})
    (void)::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::close_range(3, ~0U, 0);
  // Not for the programs that run in there.
  ::unsetenv("MESH_TOKEN");
  ::unsetenv("MESH_AUTH_TOKEN");
  for (const auto& v : variables) ::putenv(const_cast<char*>(v.c_str()));
  const auto name = "-" + shell.substr(shell.rfind('/') + 1);
  if (command.empty())
    ::execl(shell.c_str(), name.c_str(), nullptr);
  else
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
}

class unix_pty final : public pty {
 public:
  unix_pty(os::unique_fd master, pid_t child) : master_(std::move(master)), child_(child) {}
  ~unix_pty() override {
    if (child_ <= 0) return;
    hang_up();
    (void)wait();
  }
  unix_pty(const unix_pty&) = delete;
  unix_pty& operator=(const unix_pty&) = delete;

  int descriptor() const noexcept override { return master_.get(); }

  result<bytes_view> read(std::span<std::byte> into) override {
    const auto count = ::read(master_.get(), into.data(), into.size());
    if (count > 0) return bytes_view(into).first(static_cast<std::size_t>(count));
    // Linux says EIO once the last one has closed the other side.
    if (count == 0 || errno == EIO) return fail(errc::terminal_ended);
    if (errno == EAGAIN || errno == EINTR) return bytes_view();
    return fail(errc::io, std::strerror(errno));
  }
  result<std::size_t> write(bytes_view data) override {
    const auto count = ::write(master_.get(), data.data(), data.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN || errno == EINTR) return 0UZ;
    if (errno == EIO) return fail(errc::terminal_ended);
    return fail(errc::io, std::strerror(errno));
  }
  result<void> resize(terminal_size size) override {
    const auto wanted = as_winsize(size);
    if (::ioctl(master_.get(), TIOCSWINSZ, &wanted) != 0) return fail(errc::io, std::strerror(errno));
    return {};
  }
  void hang_up() override {
    master_.reset();  // SIGHUP to the programs in the foreground
    if (child_ <= 0) return;
    ::kill(-child_, SIGHUP);
    ::kill(child_, SIGHUP);
  }
  exit_status wait() override {
    if (child_ <= 0) return status_;
    int status = 0;
    // Who ignores the hang-up is not waited for longer than this.
    for (int tries = 0; ::waitpid(child_, &status, WNOHANG) == 0; ++tries) {
      if (tries == 40) ::kill(child_, SIGKILL);
      ::usleep(25'000);
    }
    child_ = 0;
    if (WIFSIGNALED(status))
      status_.signal = WTERMSIG(status);
    else
      status_.code = WEXITSTATUS(status);
    return status_;
  }

 private:
  os::unique_fd master_;
  pid_t child_;
  exit_status status_;
};

}  // namespace

result<std::unique_ptr<pty>> open_pty(const pty_wish& wish) {
  const auto shell = shell_of_person();
  const auto size = as_winsize(wish.size);
  int master = -1;
  const auto child = ::forkpty(&master, nullptr, nullptr, &size);
  if (child < 0) return fail(errc::shell_failed, std::strerror(errno));
  if (child == 0) {
    run(shell, wish.command, wish.variables);
    ::_exit(127);
  }
  os::unique_fd owned(master);
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  ::fcntl(master, F_SETFL, ::fcntl(master, F_GETFL) | O_NONBLOCK);
  return std::make_unique<unix_pty>(std::move(owned), child);
}

}  // namespace mesh::terminal
