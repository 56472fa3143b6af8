// The keys whose signatures are believed, each under its key id.
#pragma once
#include "core/crypto/sign.hpp"

#include <map>
#include <string>
#include <string_view>

namespace mesh::capability {

class keyring {
 public:
  keyring() = default;
  explicit keyring(const crypto::public_key& key) { add(key); }

  void add(const crypto::public_key& key) { keys_.insert_or_assign(key.kid(), key); }
  // nullptr when the key id is not known.
  const crypto::public_key* find(std::string_view kid) const noexcept {
    const auto found = keys_.find(kid);
    return found == keys_.end() ? nullptr : &found->second;
  }
  bool empty() const noexcept { return keys_.empty(); }

 private:
  std::map<std::string, crypto::public_key, std::less<>> keys_;
};

}  // namespace mesh::capability
