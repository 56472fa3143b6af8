#include "agent/p2p/quic/udp_proxy_in_test.hpp"

#include <array>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

namespace mesh::quic::test {

using boost::asio::ip::udp;

// peer: where what comes in on the other leg goes; 0 until somebody was heard on this one.
struct udp_proxy::leg {
  leg(boost::asio::io_context& on, std::uint16_t peer_port)
      : socket(on, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        peer(boost::asio::ip::address_v4::loopback(), peer_port) {
    socket.non_blocking(true);
  }
  udp::socket socket;
  udp::endpoint peer;
  udp::endpoint from;
  std::array<char, 65'536> buffer;
};

udp_proxy::udp_proxy(io::loop& loop, std::uint16_t target_port) : loop_(loop), target_port_(target_port) {
  inward_ = open(0);
  outward_ = open(target_port);
}

udp_proxy::~udp_proxy() {
  inward_->socket.close();
  outward_->socket.close();
  loop_.context().restart();
  loop_.context().poll();  // the cancelled waits speak of this object
}

std::shared_ptr<udp_proxy::leg> udp_proxy::open(std::uint16_t target_port) {
  auto made = std::make_shared<leg>(loop_.context(), target_port);
  listen(made);
  return made;
}

void udp_proxy::listen(std::shared_ptr<leg> on) {
  auto& l = *on;
  l.socket.async_receive_from(
      boost::asio::buffer(l.buffer), l.from,
      [this, on = std::move(on)](const boost::system::error_code& failed, std::size_t size) mutable {
        if (failed || !on->socket.is_open()) return;
        const bool inwards = on == inward_;
        if (inwards) on->peer = on->from;
        auto& other = inwards ? *outward_ : *inward_;
        boost::system::error_code ignored;
        if (passes_ && other.peer.port() != 0)
          other.socket.send_to(boost::asio::buffer(on->buffer.data(), size), other.peer, 0, ignored);
        listen(std::move(on));
      });
}

void udp_proxy::rebind() {
  outward_->socket.close();
  outward_ = open(target_port_);
}

p2p::udp_address udp_proxy::address() const {
  return p2p::make_udp_address("127.0.0.1", inward_->socket.local_endpoint().port()).value();
}
std::uint16_t udp_proxy::outward_port() const {
  return outward_->socket.local_endpoint().port();
}

}  // namespace mesh::quic::test
