// <blake3.h> of the official C sources.
#include "core/crypto/blake3.hpp"

#include <blake3.h>

namespace mesh::crypto {
namespace {

blake3_digest finish(const ::blake3_hasher& hasher) noexcept {
  blake3_digest out;
  blake3_hasher_finalize(&hasher, reinterpret_cast<std::uint8_t*>(out.data()), out.size());
  return out;
}

}  // namespace

struct blake3_hasher::state {
  ::blake3_hasher hasher;
};

blake3_hasher::blake3_hasher() : state_(std::make_unique<state>()) {
  reset();
}
blake3_hasher::blake3_hasher(blake3_hasher&&) noexcept = default;
blake3_hasher& blake3_hasher::operator=(blake3_hasher&&) noexcept = default;
blake3_hasher::~blake3_hasher() = default;

void blake3_hasher::update(bytes_view data) noexcept {
  blake3_hasher_update(&state_->hasher, data.data(), data.size());
}

blake3_digest blake3_hasher::digest() const noexcept {
  return finish(state_->hasher);
}

blake3_hasher blake3_hasher::clone() const {
  blake3_hasher out;
  out.state_->hasher = state_->hasher;
  return out;
}

void blake3_hasher::reset() noexcept {
  blake3_hasher_init(&state_->hasher);
}

blake3_digest blake3(bytes_view data) noexcept {
  ::blake3_hasher hasher;
  blake3_hasher_init(&hasher);
  blake3_hasher_update(&hasher, data.data(), data.size());
  return finish(hasher);
}

std::string blake3_hex(bytes_view data) {
  return to_hex(blake3(data));
}

}  // namespace mesh::crypto
