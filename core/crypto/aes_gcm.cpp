#include "core/crypto/aes_gcm.hpp"

#include "core/crypto/c_library.hpp"

#include <openssl/evp.h>

namespace mesh::crypto {
namespace {

using context_handle = owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

context_handle with_key(bytes_view key, bool sealing) {
  context_handle made(EVP_CIPHER_CTX_new());
  EVP_CipherInit_ex(made.get(), EVP_aes_128_gcm(), nullptr, raw(key), nullptr, sealing ? 1 : 0);
  return made;
}

}  // namespace

// Keyed once: the schedule of AES is most of the work for a short message.
struct aes_128_gcm::state {
  context_handle sealing;
  context_handle opening;
};

aes_128_gcm::aes_128_gcm(bytes_view key)
    : state_(std::make_unique<state>(with_key(key, true), with_key(key, false))) {}
aes_128_gcm::aes_128_gcm(aes_128_gcm&&) noexcept = default;
aes_128_gcm& aes_128_gcm::operator=(aes_128_gcm&&) noexcept = default;
aes_128_gcm::~aes_128_gcm() = default;

void aes_128_gcm::seal(const nonce& once, bytes_view text, bytes& out) const {
  auto* const c = state_->sealing.get();
  const auto at = out.size();
  out.resize(at + text.size() + tag_bytes);
  int count = 0;
  EVP_EncryptInit_ex(c, nullptr, nullptr, nullptr, raw(once));
  EVP_EncryptUpdate(c, raw(out.data() + at), &count, raw(text), static_cast<int>(text.size()));
  EVP_EncryptFinal_ex(c, raw(out.data() + at + text.size()), &count);
  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, tag_bytes, out.data() + at + text.size());
}

result<bytes> aes_128_gcm::open(const nonce& once, bytes_view sealed) const {
  const auto refused = [] { return fail(errc::bad_message, "not what was sealed with this key"); };
  if (sealed.size() < tag_bytes) return refused();
  auto* const c = state_->opening.get();
  const auto text = sealed.first(sealed.size() - tag_bytes);
  auto tag = to_bytes(sealed.last(tag_bytes));
  bytes out(text.size());
  int count = 0;
  EVP_DecryptInit_ex(c, nullptr, nullptr, nullptr, raw(once));
  EVP_DecryptUpdate(c, raw(out.data()), &count, raw(text), static_cast<int>(text.size()));
  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data());
  if (EVP_DecryptFinal_ex(c, raw(out.data() + out.size()), &count) != 1) return refused();
  return out;
}

}  // namespace mesh::crypto
