// A TCP connection to a server on this machine that never blocks.
#pragma once
#include "tests/bench/load/reactor.hpp"

#include <string>
#include <string_view>

namespace mesh::bench {

class socket : public watcher {
 public:
  explicit socket(reactor& events) : events_(events) {}
  socket(const socket&) = delete;
  socket& operator=(const socket&) = delete;
  ~socket() override { cut(); }

  void connect(std::uint16_t port);
  // At once as far as the kernel takes it, the rest as it makes room.
  void send(std::string_view data);
  // Gone without a word (RST), as when a cable is pulled.
  void cut();
  bool is_open() const noexcept { return fd_ >= 0; }

  void on_ready(std::uint32_t epoll_events) final;

 protected:
  // Everything that arrived and was not consumed; the owner erases what it has used.
  virtual void on_data(std::string& received) = 0;
  virtual void on_closed() = 0;

 private:
  void flush();

  reactor& events_;
  int fd_ = -1;
  std::string received_;
  std::string unsent_;
};

}  // namespace mesh::bench
