// Owners of what C libraries hand out, and bytes as they want them.
#pragma once
#include "core/base/bytes.hpp"

#include <memory>

namespace mesh::crypto {

template <auto Free>
struct c_deleter {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
// owned<EVP_PKEY, EVP_PKEY_free>
template <class T, auto Free>
using owned = std::unique_ptr<T, c_deleter<Free>>;

inline const unsigned char* raw(bytes_view data) noexcept {
  return reinterpret_cast<const unsigned char*>(data.data());
}
inline unsigned char* raw(std::byte* data) noexcept {
  return reinterpret_cast<unsigned char*>(data);
}

}  // namespace mesh::crypto
