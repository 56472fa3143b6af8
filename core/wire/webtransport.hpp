// How an agent vouches for the short-lived certificates with which browsers reach it (contract, sections 4
// and 6b): SHA-256 of the current one and of the next, signed by the agent's device key.
#pragma once
#include "core/base/bytes.hpp"
#include "core/crypto/sign.hpp"

#include <string>
#include <vector>

#include <boost/describe.hpp>

namespace mesh::wire {

// cert_sha256: lower-case hex over each whole certificate in DER, the current one first, then the next.
// signature: base64url of the Ed25519 signature over webtransport_signed_text.
struct webtransport_info {
  std::vector<std::string> cert_sha256;
  std::string signature;
};
BOOST_DESCRIBE_STRUCT(webtransport_info, (), (cert_sha256, signature))

// The same as a page gets it. urls: where to try, the most plausible first. public_key: the agent's device
// key as base64url of its SubjectPublicKeyInfo, so that a page can check the signature and remember the key.
struct webtransport_endpoint {
  std::vector<std::string> urls;
  std::vector<std::string> cert_sha256;
  std::string signature;
  std::string public_key;
};
BOOST_DESCRIBE_STRUCT(webtransport_endpoint, (), (urls, cert_sha256, signature, public_key))

// "mesh-webtransport/1" and the raw 32 bytes of each hash in order. Errors: field_invalid with field
// "cert_sha256" unless there are one or two hashes of 64 lower-case hex digits.
result<bytes> webtransport_signed_text(const std::vector<std::string>& cert_sha256);

webtransport_info sign_webtransport(std::vector<std::string> cert_sha256, const crypto::signing_key& key);

// Errors: field_invalid with field "cert_sha256" or "signature".
result<void> check_webtransport(const webtransport_info& said, const crypto::public_key& key);

}  // namespace mesh::wire
