#include "agent/app/terminal_pipe.hpp"

#include "agent/control/peer_identity.hpp"

#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

namespace mesh::app {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

struct terminal_pipe::state : std::enable_shared_from_this<terminal_pipe::state> {
  state(const io::executor& on, calls c) : then(std::move(c)), socket(on) {}

  void read() {
    socket.async_read_some(asio::buffer(input),
                           [self = shared_from_this()](error_code code, std::size_t count) {
                             if (self->closed) return;
                             if (code) return self->end();
                             if (self->then.data) self->then.data(bytes_view(self->input).first(count));
                             if (!self->closed) self->read();
                           });
  }
  void write() {
    writing = std::move(output);
    output = {};
    asio::async_write(socket, asio::buffer(writing),
                      [self = shared_from_this()](error_code code, std::size_t) {
                        self->writing.clear();
                        if (self->closed) return;
                        if (code) return self->end();
                        if (!self->output.empty()) return self->write();
                        if (self->then.drained) self->then.drained();
                      });
  }
  void close() {
    if (std::exchange(closed, true)) return;
    error_code ignored;
    socket.close(ignored);
    then.data = nullptr;
    then.drained = nullptr;
  }
  void end() {
    close();
    if (const auto told = std::exchange(then.ended, nullptr)) told();
  }

  calls then;
  asio::local::stream_protocol::socket socket;
  std::array<std::byte, 64UZ * 1024> input{};
  bytes output;
  bytes writing;
  bool closed = false;
};

terminal_pipe::terminal_pipe(std::shared_ptr<state> s) : state_(std::move(s)) {}

terminal_pipe::~terminal_pipe() {
  state_->then.ended = nullptr;
  state_->close();
}

result<std::unique_ptr<terminal_pipe>> terminal_pipe::connect(const io::executor& on, const std::string& path,
                                                              calls then) {
  auto made = std::make_shared<state>(on, std::move(then));
  error_code code;
  made->socket.connect(asio::local::stream_protocol::endpoint(path), code);
  if (code) return fail(errc::io, path + ": " + code.message(), "socket");
  if (auto ours = control::same_user(made->socket.native_handle()); !ours) return pass(ours);
  made->read();
  return std::unique_ptr<terminal_pipe>(new terminal_pipe(std::move(made)));
}

void terminal_pipe::write(bytes_view data) {
  auto& s = *state_;
  if (s.closed || data.empty()) return;
  s.output.insert(s.output.end(), data.begin(), data.end());
  if (s.writing.empty()) s.write();
}

std::size_t terminal_pipe::waiting() const noexcept {
  return state_->output.size() + state_->writing.size();
}

void terminal_pipe::close() {
  state_->close();
}

}  // namespace mesh::app
