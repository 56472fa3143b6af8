#include "agent/app/receiving_rules.hpp"

#include "agent/os/fd.hpp"
#include "agent/os/landlock.hpp"
#include "agent/share/directory_sink.hpp"
#include "agent/share/fd_sink.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace mesh::app {
namespace {

share::receive_mode mode_of(config::receive_mode mode) {
  switch (mode) {
    case config::receive_mode::ask:
      return share::receive_mode::ask;
    case config::receive_mode::auto_:
      return share::receive_mode::automatic;
    case config::receive_mode::never:
      return share::receive_mode::never;
  }
  return share::receive_mode::ask;
}

}  // namespace

const std::filesystem::path& receiving_rules::folder() const {
  return override_ && !override_->folder.empty() ? override_->folder : config_.download_dir;
}

result<std::unique_ptr<share::file_sink>> receiving_rules::make_sink() {
  if (!override_ || !override_->to_stdout) {
    if (const auto may = os::may_write_into(folder()); !may) return std::unexpected(may.error());
    return share::make_directory_sink(folder());
  }
  if (!stdout_lease_.expired()) return fail(errc::busy, "another file goes to standard output");
  os::unique_fd out(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!out) return fail(errc::write_failed, "standard output is closed");
  const auto lease = std::make_shared<const int>(0);
  stdout_lease_ = lease;
  return share::make_fd_sink(std::move(out), "-", lease);
}

share::receive_request receiving_rules::request_for(const p2p::session_info& session) {
  const auto& claims = session.claims;
  share::receive_request request;
  request.session = session.id();
  request.peer = {session.peer().peer_id, session.peer().device_id};
  request.standing = {session.peer().peer_id == session.self().peer_id,
                      claims.initiator.peer_id == session.self().peer_id};
  request.mode = mode_of(override_ && override_->mode ? *override_->mode : config_.receive);
  request.limits = {claims.max_size, claims.max_rate};
  request.make_sink = [this](const share::transfer_info&) { return make_sink(); };
  return request;
}

}  // namespace mesh::app
