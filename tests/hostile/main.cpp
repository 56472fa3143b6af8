// mesh-hostile: dials an agent, or waits to be dialed, and obeys the lines of its standard input (peer.hpp).
// What happens is told on standard output, a JSON object a line. For stories: a device key of its own, but no
// judgement.
#include "agent/os/device_key_file.hpp"
#include "agent/p2p/quic/endpoint.hpp"
#include "agent/p2p/quic/udp_socket.hpp"
#include "core/io/loop.hpp"
#include "tests/hostile/peer.hpp"

#include <csignal>
#include <cstdio>
#include <string>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>

namespace {

using namespace mesh;

// Lets in whoever holds this key.
struct one_key final : p2p::peer_authorizer {
  explicit one_key(std::string k) : key(std::move(k)) {}
  bool allows(std::string_view presented) const override { return presented == key; }
  bool expects_anybody() const override { return true; }
  std::string key;
};

void tell(const wire::json_object& event) {
  const auto line = wire::to_text(wire::json_value(event)) + "\n";
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
}

class program {
 public:
  program(io::loop& loop, std::unique_ptr<quic::endpoint> quic)
      : loop_(loop), quic_(std::move(quic)), input_(loop.context(), ::dup(STDIN_FILENO)) {}

  void dial(const p2p::udp_address& to, const std::string& key) {
    quic_->dial(to, key, [this](result<std::unique_ptr<p2p::connection>> outcome) {
      if (!outcome)
        return tell(
            {{"event", "refused"}, {"code", word(outcome.error().code)}, {"detail", outcome.error().detail}});
      met(std::move(*outcome));
    });
  }
  void listen(const one_key& who) {
    quic_->serve(quic::mesh_alpn, who,
                 [this](std::unique_ptr<p2p::connection> incoming) { met(std::move(incoming)); });
  }
  void read() {
    boost::asio::async_read_until(input_, boost::asio::dynamic_buffer(text_), '\n',
                                  [this](const boost::system::error_code& failed, std::size_t size) {
                                    if (failed) return loop_.stop();
                                    const auto line = text_.substr(0, size - 1);
                                    text_.erase(0, size);
                                    if (!peer_ || !peer_->obey(line))
                                      tell({{"event", "misunderstood"}, {"line", line.substr(0, 80)}});
                                    read();
                                  });
  }

 private:
  void met(std::unique_ptr<p2p::connection> connection) {
    peer_ = std::make_unique<hostile::peer>(std::move(connection), tell);
    tell({{"event", "connected"}});
  }

  io::loop& loop_;
  std::unique_ptr<quic::endpoint> quic_;
  std::unique_ptr<hostile::peer> peer_;
  boost::asio::posix::stream_descriptor input_;
  std::string text_;
};

int usage() {
  std::fputs("usage: mesh-hostile STATE_FOLDER dial IP:PORT KEY_SHA256 | listen PORT KEY_SHA256\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  if (argc != 5) return usage();
  const std::string mode = argv[2];
  auto state = os::private_dir::open(argv[1]);
  if (!state) return usage();
  const auto key = os::load_or_make_device_key(*state);
  if (!key) return usage();
  const auto port = mode == "listen" ? static_cast<std::uint16_t>(std::stoul(argv[3])) : std::uint16_t{0};
  auto sockets = quic::open_udp_sockets(port, true);
  if (!sockets) return usage();
  io::loop loop;
  auto quic = quic::endpoint::start(
      loop.get_executor(), *key,
      {.sockets = std::move(sockets->sockets), .admission = {}, .aead = {}, .control = {}});
  if (!quic) return usage();
  const one_key who(argv[4]);
  program running(loop, std::move(*quic));
  if (mode == "listen") {
    running.listen(who);
    tell({{"event", "listening"}, {"port", sockets->port}});
  } else if (const auto to = p2p::parse_udp_address(argv[3]); to) {
    running.dial(*to, who.key);
  } else {
    return usage();
  }
  running.read();
  loop.run();
  return 0;
}
