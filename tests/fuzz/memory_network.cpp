#include "tests/fuzz/memory_network.hpp"

#include <algorithm>
#include <sys/eventfd.h>
#include <unistd.h>

namespace mesh::fuzz {

// signal: readable once something was delivered.
struct memory_network::mailbox {
  explicit mailbox(const p2p::udp_address& at) : address(at) {}
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox() { ::close(signal); }

  p2p::udp_address address;
  int signal = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::deque<datagram> waiting;
};

class memory_network::socket final : public quic::datagram_socket {
 public:
  socket(memory_network& network, std::shared_ptr<mailbox> box) : network_(network), box_(std::move(box)) {}
  ~socket() override { std::erase(network_.mailboxes_, box_); }

  int descriptor() const noexcept override { return box_->signal; }
  std::span<const quic::received_datagrams> receive(quic::receive_buffer& into) override;
  std::size_t send(const quic::outgoing_datagrams& what) override;
  std::optional<p2p::udp_address> next_refusal() override { return std::nullopt; }

 private:
  memory_network& network_;
  std::shared_ptr<mailbox> box_;
};

std::span<const quic::received_datagrams> memory_network::socket::receive(quic::receive_buffer& into) {
  std::uint64_t count = 0;
  (void)!::read(box_->signal, &count, sizeof count);
  const auto messages = into.messages();
  std::size_t received = 0;
  for (; received < messages.size() && !box_->waiting.empty(); ++received) {
    const auto d = std::move(box_->waiting.front());
    box_->waiting.pop_front();
    const auto size = std::min(d.data.size(), quic::receive_buffer::message_bytes_max);
    const auto slot = into.slot(received).first(size);
    std::ranges::copy(bytes_view(d.data).first(size), slot.begin());
    messages[received] = {.from = d.from, .to_ip = {}, .data = slot, .segment = size};
  }
  return messages.first(received);
}

std::size_t memory_network::socket::send(const quic::outgoing_datagrams& what) {
  for (auto rest = what.data; !rest.empty();) {
    const auto one = rest.first(std::min(what.segment, rest.size()));
    network_.on_the_way.push_back({box_->address, what.to, to_bytes(one)});
    rest = rest.subspan(one.size());
  }
  return what.data.size();
}

std::unique_ptr<quic::datagram_socket> memory_network::socket_at(const p2p::udp_address& address) {
  return std::make_unique<socket>(*this, mailboxes_.emplace_back(std::make_shared<mailbox>(address)));
}

void memory_network::deliver(datagram d) {
  const auto found = std::ranges::find(mailboxes_, d.to, [](const auto& box) { return box->address; });
  if (found == mailboxes_.end() || d.data.empty()) return;
  const std::uint64_t one = 1;
  (*found)->waiting.push_back(std::move(d));
  (void)!::write((*found)->signal, &one, sizeof one);
}

}  // namespace mesh::fuzz
