#include "agent/p2p/quic/ipsec_mb.hpp"

#ifdef MESH_HAVE_IPSEC_MB

#include "agent/p2p/quic/ngtcp2_compat.hpp"
#include "core/base/secret.hpp"

#include <array>
#include <immintrin.h>
#include <intel-ipsec-mb.h>
#include <link.h>
#include <memory>
#include <span>
#include <sys/mman.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

namespace mesh::quic::ipsec_mb {
namespace {

constexpr std::size_t tag_bytes = 16;
constexpr std::size_t iv_bytes = 12;

// Takes the code of the library out of this process's memory. It is unchanged on disk and in the page cache:
// what runs again comes back page by page.
int release_code(dl_phdr_info* info, std::size_t, void* inside) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(inside);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (const auto& part : std::span(info->dlpi_phdr, info->dlpi_phnum)) {
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0 || (part.p_flags & PF_W) != 0) continue;
    const auto begin = info->dlpi_addr + part.p_vaddr;
    const auto end = begin + part.p_memsz;
    if (wanted < begin || wanted >= end) continue;
    const auto from = begin & ~(page - 1);
    (void)::madvise(static_cast<std::byte*>(inside) - (wanted - from), end - from, MADV_DONTNEED);
    return 1;
  }
  return 0;
}

// Only its function pointers are used: no job is queued, nothing is shared between calls.
IMB_MGR* manager() noexcept {
  static const std::unique_ptr<IMB_MGR, void (*)(IMB_MGR*)> one(
      [] {
        IMB_MGR* made = alloc_mb_mgr(0);
        if (made == nullptr) return made;
        IMB_ARCH found = IMB_ARCH_NONE;
        init_mb_mgr_auto(made, &found);
        // That tested every cipher of the library, of which four functions are used.
        dl_iterate_phdr(release_code, reinterpret_cast<void*>(init_mb_mgr_auto));
        if (imb_get_errno(made) == 0 && found != IMB_ARCH_NONE && found != IMB_ARCH_NOAESNI) return made;
        free_mb_mgr(made);
        return static_cast<IMB_MGR*>(nullptr);
      }(),
      [](IMB_MGR* m) {
        if (m != nullptr) free_mb_mgr(m);
      });
  return one.get();
}

struct alignas(64) aead_key {
  gcm_key_data expanded;
  bool aes256;
};
struct alignas(16) header_key {
  std::array<std::uint8_t, std::size_t{16} * 15> schedule;
  int rounds;
};

// ngtcp2 hands back only native_handle, so ours are told from GnuTLS's by its lowest bit.
bool is_ours(const void* handle) noexcept {
  return (reinterpret_cast<std::uintptr_t>(handle) & 1) != 0;
}
void* tag(void* key) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the lowest bit of a pointer is the tag
  return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(key) | 1);
}
template <class T>
T* key_in(const void* handle) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): as above
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(handle) & ~std::uintptr_t{1});
}

void* make_aead_key(std::span<const std::uint8_t> key) {
  auto made = std::make_unique<aead_key>();
  made->aes256 = key.size() == 32;
  if (made->aes256)
    IMB_AES256_GCM_PRE(manager(), key.data(), &made->expanded);
  else
    IMB_AES128_GCM_PRE(manager(), key.data(), &made->expanded);
  return tag(made.release());
}

void* make_header_key(std::span<const std::uint8_t> key) {
  auto made = std::make_unique<header_key>();
  alignas(16) std::array<std::uint8_t, std::size_t{16} * 15> decrypting;
  made->rounds = key.size() == 32 ? 14 : 10;
  if (key.size() == 32)
    IMB_AES_KEYEXP_256(manager(), key.data(), made->schedule.data(), decrypting.data());
  else
    IMB_AES_KEYEXP_128(manager(), key.data(), made->schedule.data(), decrypting.data());
  wipe(decrypting.data(), decrypting.size());
  return tag(made.release());
}

int encrypt(std::uint8_t* out, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* context,
            const std::uint8_t* plain, std::size_t plain_size, const std::uint8_t* nonce,
            std::size_t nonce_size, const std::uint8_t* extra, std::size_t extra_size) {
  if (!is_ours(context->native_handle))
    return ngtcp2_crypto_encrypt_cb(out, aead, context, plain, plain_size, nonce, nonce_size, extra,
                                    extra_size);
  const auto* key = key_in<aead_key>(context->native_handle);
  gcm_context_data work;
  if (key->aes256)
    IMB_AES256_GCM_ENC(manager(), &key->expanded, &work, out, plain, plain_size, nonce, extra, extra_size,
                       out + plain_size, tag_bytes);
  else
    IMB_AES128_GCM_ENC(manager(), &key->expanded, &work, out, plain, plain_size, nonce, extra, extra_size,
                       out + plain_size, tag_bytes);
  return 0;
}

int decrypt(std::uint8_t* out, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* context,
            const std::uint8_t* cipher, std::size_t cipher_size, const std::uint8_t* nonce,
            std::size_t nonce_size, const std::uint8_t* extra, std::size_t extra_size) {
  if (!is_ours(context->native_handle))
    return ngtcp2_crypto_decrypt_cb(out, aead, context, cipher, cipher_size, nonce, nonce_size, extra,
                                    extra_size);
  if (cipher_size < tag_bytes) return NGTCP2_ERR_DECRYPT;
  const std::size_t size = cipher_size - tag_bytes;
  const auto* key = key_in<aead_key>(context->native_handle);
  std::array<std::uint8_t, tag_bytes> expected;
  gcm_context_data work;
  if (key->aes256)
    IMB_AES256_GCM_DEC(manager(), &key->expanded, &work, out, cipher, size, nonce, extra, extra_size,
                       expected.data(), tag_bytes);
  else
    IMB_AES128_GCM_DEC(manager(), &key->expanded, &work, out, cipher, size, nonce, extra, extra_size,
                       expected.data(), tag_bytes);
  unsigned different = 0;
  for (std::size_t i = 0; i < tag_bytes; ++i)
    different |= static_cast<unsigned>(expected[i] ^ cipher[size + i]);
  return different == 0 ? 0 : NGTCP2_ERR_DECRYPT;
}

// AES of one block (RFC 9001 section 5.4.3).
__attribute__((target("aes,sse4.1"))) int header_mask(std::uint8_t* out, const ngtcp2_crypto_cipher* cipher,
                                                      const ngtcp2_crypto_cipher_ctx* context,
                                                      const std::uint8_t* sample) {
  if (!is_ours(context->native_handle)) return ngtcp2_crypto_hp_mask_cb(out, cipher, context, sample);
  const auto* key = key_in<header_key>(context->native_handle);
  const auto* round_keys = reinterpret_cast<const __m128i*>(key->schedule.data());
  __m128i block = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(sample)), round_keys[0]);
  for (int i = 1; i < key->rounds; ++i) block = _mm_aesenc_si128(block, round_keys[i]);
  block = _mm_aesenclast_si128(block, round_keys[key->rounds]);
  alignas(16) std::array<std::uint8_t, 16> mask;
  _mm_store_si128(reinterpret_cast<__m128i*>(mask.data()), block);
  std::memcpy(out, mask.data(), 5);
  return 0;
}

template <class Key>
void destroy(void*& handle) {
  auto* key = key_in<Key>(handle);
  wipe(key, sizeof(Key));
  delete key;
  handle = nullptr;
}

void delete_aead(ngtcp2_conn* conn, ngtcp2_crypto_aead_ctx* context, void* user) {
  if (is_ours(context->native_handle))
    destroy<aead_key>(context->native_handle);
  else
    ngtcp2_crypto_delete_crypto_aead_ctx_cb(conn, context, user);
}
void delete_header(ngtcp2_conn* conn, ngtcp2_crypto_cipher_ctx* context, void* user) {
  if (is_ours(context->native_handle))
    destroy<header_key>(context->native_handle);
  else
    ngtcp2_crypto_delete_crypto_cipher_ctx_cb(conn, context, user);
}

// Key sizes of the negotiated suite; 0 when it is not AES-GCM.
std::size_t key_bytes(gnutls_session_t session) {
  const auto cipher = gnutls_cipher_get(session);
  if (cipher == GNUTLS_CIPHER_AES_128_GCM) return 16;
  return cipher == GNUTLS_CIPHER_AES_256_GCM ? 32 : 0;
}

struct traffic_key {
  std::array<std::uint8_t, 32> key;
  std::array<std::uint8_t, iv_bytes> iv;
  ~traffic_key() { wipe(key.data(), key.size()); }
};

bool derive(traffic_key& out, std::size_t size, const ngtcp2_crypto_md* md,
            std::span<const std::uint8_t> secret) {
  return ng::expand_label(std::span(out.key).first(size), md, secret, "quic key") == 0 &&
         ng::expand_label(out.iv, md, secret, "quic iv") == 0;
}

int install_1rtt(ngtcp2_conn* conn, std::size_t size, std::span<const std::uint8_t> secret, bool sending) {
  const auto* md = &ngtcp2_conn_get_crypto_ctx(conn)->md;
  traffic_key keys;
  std::array<std::uint8_t, 32> header;
  if (!derive(keys, size, md, secret)) return -1;
  if (ng::expand_label(std::span(header).first(size), md, secret, "quic hp") != 0) return -1;
  ngtcp2_crypto_aead_ctx aead{make_aead_key(std::span(keys.key).first(size))};
  ngtcp2_crypto_cipher_ctx protection{make_header_key(std::span(header).first(size))};
  wipe(header.data(), header.size());
  const auto put = sending ? ngtcp2_conn_install_tx_key : ngtcp2_conn_install_rx_key;
  if (put(conn, secret.data(), secret.size(), &aead, keys.iv.data(), iv_bytes, &protection) == 0) return 0;
  destroy<aead_key>(aead.native_handle);
  destroy<header_key>(protection.native_handle);
  return -1;
}

int install_secret(ngtcp2_conn* conn, gnutls_session_t session, ng::level level,
                   std::span<const std::uint8_t> secret, bool sending) {
  const auto size = key_bytes(session);
  if (level == ng::level_1rtt && size != 0) return install_1rtt(conn, size, secret, sending);
  const auto derive_and_install =
      sending ? ngtcp2_crypto_derive_and_install_tx_key : ngtcp2_crypto_derive_and_install_rx_key;
  return derive_and_install(conn, nullptr, nullptr, nullptr, level, secret.data(), secret.size());
}

int on_secret(gnutls_session_t session, gnutls_record_encryption_level_t gnutls_level, const void* receiving,
              const void* sending, std::size_t size) {
  auto* ref = static_cast<ngtcp2_crypto_conn_ref*>(gnutls_session_get_ptr(session));
  ngtcp2_conn* conn = ref->get_conn(ref);
  const auto level = ng::level_of(gnutls_level);
  if (receiving != nullptr &&
      install_secret(conn, session, level, {static_cast<const std::uint8_t*>(receiving), size}, false) != 0)
    return -1;
  if (sending != nullptr &&
      install_secret(conn, session, level, {static_cast<const std::uint8_t*>(sending), size}, true) != 0)
    return -1;
  return 0;
}

// One direction of a key update (RFC 9001 section 6.1): the next secret, and what follows from it.
bool next_keys(ngtcp2_conn* conn, std::span<std::uint8_t> next, std::span<const std::uint8_t> current,
               ngtcp2_crypto_aead_ctx* context, std::uint8_t* iv) {
  const auto* md = &ngtcp2_conn_get_crypto_ctx(conn)->md;
  const std::size_t size = next.size() == 48 ? 32 : 16;  // SHA-384 goes with AES-256
  traffic_key keys;
  if (ng::expand_label(next, md, current, "quic ku") != 0 || !derive(keys, size, md, next)) return false;
  std::memcpy(iv, keys.iv.data(), iv_bytes);
  context->native_handle = make_aead_key(std::span(keys.key).first(size));
  return true;
}

int update_key(ngtcp2_conn* conn, std::uint8_t* rx_secret, std::uint8_t* tx_secret,
               ngtcp2_crypto_aead_ctx* rx, std::uint8_t* rx_iv, ngtcp2_crypto_aead_ctx* tx,
               std::uint8_t* tx_iv, const std::uint8_t* current_rx, const std::uint8_t* current_tx,
               std::size_t size, void* user) {
  auto* session = static_cast<gnutls_session_t>(ngtcp2_conn_get_tls_native_handle(conn));
  if (key_bytes(session) == 0 || !ready())
    return ngtcp2_crypto_update_key_cb(conn, rx_secret, tx_secret, rx, rx_iv, tx, tx_iv, current_rx,
                                       current_tx, size, user);
  if (!next_keys(conn, {rx_secret, size}, {current_rx, size}, rx, rx_iv)) return NGTCP2_ERR_CALLBACK_FAILURE;
  if (!next_keys(conn, {tx_secret, size}, {current_tx, size}, tx, tx_iv)) {
    destroy<aead_key>(rx->native_handle);
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  return 0;
}

}  // namespace

bool ready() noexcept {
  return manager() != nullptr;
}

void install(ngtcp2_callbacks& callbacks) {
  callbacks.encrypt = encrypt;
  callbacks.decrypt = decrypt;
  callbacks.hp_mask = header_mask;
  callbacks.update_key = update_key;
  callbacks.delete_crypto_aead_ctx = delete_aead;
  callbacks.delete_crypto_cipher_ctx = delete_header;
}

void install(gnutls_session_int* session) {
  gnutls_handshake_set_secret_function(session, on_secret);
}

}  // namespace mesh::quic::ipsec_mb

#endif
