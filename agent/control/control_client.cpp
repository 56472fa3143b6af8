#include "agent/control/control_client.hpp"

#include "agent/control/socket_place.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace mesh::control {
namespace {

constexpr std::size_t read_bytes = 16UZ * 1024;

}  // namespace

result<control_client> control_client::connect(const std::filesystem::path& socket) {
  const auto& text = socket.native();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (text.empty() || text.size() > socket_path_bytes_max)
    return fail(errc::daemon_not_running, fmt::format("{} is not a usable socket", socket.string()));
  std::memcpy(address.sun_path, text.data(), text.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(errc::io, std::strerror(errno));
  control_client made(fd);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(errc::daemon_not_running, fmt::format("{}: {}", socket.string(), std::strerror(errno)));
  return result<control_client>(std::move(made));
}

control_client::control_client(control_client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      writing_(std::move(other.writing_)),
      next_id_(other.next_id_.load()),
      input_(std::move(other.input_)),
      reader_(std::move(other.reader_)),
      parts_(std::move(other.parts_)) {}

control_client& control_client::operator=(control_client&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(writing_, other.writing_);
  next_id_ = other.next_id_.load();
  std::swap(input_, other.input_);
  std::swap(reader_, other.reader_);
  std::swap(parts_, other.parts_);
  return *this;
}

control_client::~control_client() {
  if (socket_ >= 0) ::close(socket_);
}

control_client::control_client(int socket) : socket_(socket), writing_(std::make_unique<std::mutex>()) {}

void control_client::tell(std::string_view type, wire::json_object payload) {
  const auto frame = to_frame(render(request{next_id_++, std::string(type), std::move(payload)}));
  // A daemon that is gone ends the call() that runs beside this.
  if (frame) (void)write_all(*frame);
}

void control_client::hang_up() {
  ::shutdown(socket_, SHUT_RDWR);
}

result<wire::json_object> control_client::call(std::string_view type, wire::json_object payload,
                                               const event_call& on_event) {
  const request asked{next_id_++, std::string(type), std::move(payload)};
  auto frame = to_frame(render(asked));
  if (!frame) return pass(frame);
  // Whom the daemon turned away finds its word there, though nothing can be written any more.
  const auto sent = write_all(*frame);
  while (true) {
    auto got = read_answer();
    if (!got) return sent ? pass(got) : std::unexpected(sent.error());
    if (got->id != asked.id && got->id != 0) continue;
    if (got->type == "done") return std::move(got->payload);
    if (got->type == "error") return std::unexpected(error_of(*got));
    if (on_event) on_event(*got);
  }
}

result<void> control_client::write_all(bytes_view data) {
  const std::scoped_lock whole_frames(*writing_);
  while (!data.empty()) {
    const auto count = ::send(socket_, data.data(), data.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(errc::daemon_not_running, "mesh-agent went away");
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

result<answer> control_client::read_answer() {
  while (true) {
    auto body = reader_.next();
    if (!body) return pass(body);
    if (*body) {
      auto part = parse_answer(**body);
      if (!part) return part;
      auto whole = parts_.take(std::move(*part));
      if (!whole) return pass(whole);
      if (*whole) return std::move(**whole);
      continue;
    }
    input_.resize(read_bytes);
    const auto count = ::recv(socket_, input_.data(), input_.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(errc::daemon_not_running, "mesh-agent went away");
    reader_.feed(bytes_view(input_).first(static_cast<std::size_t>(count)));
  }
}

}  // namespace mesh::control
