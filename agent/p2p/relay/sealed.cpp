#include "agent/p2p/relay/sealed.hpp"

namespace mesh::relay {
namespace {

crypto::aes_128_gcm::nonce nonce_of(std::uint64_t counter) {
  crypto::aes_128_gcm::nonce out{};
  put_be(out.data() + out.size() - sizeof counter, counter);
  return out;
}

}  // namespace

bytes sealer::seal(bytes_view text) {
  bytes out;
  out.reserve(text.size() + sealed_overhead_bytes);
  append_be(out, counter_);
  cipher_.seal(nonce_of(counter_), text, out);
  ++counter_;
  return out;
}

result<bytes> opener::open(bytes_view message) {
  if (message.size() < sealed_overhead_bytes || get_be<std::uint64_t>(message.data()) != counter_)
    return fail(errc::bad_message, "the relay lost, repeated or mixed up a message");
  auto text = cipher_.open(nonce_of(counter_), message.subspan(sizeof counter_));
  if (text) ++counter_;
  return text;
}

}  // namespace mesh::relay
