// The server's own secrets: made at first start, kept in a file of mode 0600 beside the database.
#pragma once
#include "core/crypto/sign.hpp"

#include <string_view>
#include <vector>

namespace mesh::auth {

// capability signs tokens between devices and is pinned by agents; access signs access tokens; nonce
// authenticates the challenges of key registration. Three keys, so that nothing signed for one use ever fits
// another.
struct keys {
  crypto::signing_key capability;
  crypto::signing_key access;
  bytes nonce;

  static keys generate();
  // Text of the key file. Errors of parse: state_unreadable, without quoting the content.
  static result<keys> parse(std::string_view text);
  secret render() const;
};

}  // namespace mesh::auth
