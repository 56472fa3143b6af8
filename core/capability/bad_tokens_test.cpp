// The table of tokens an agent refuses, each for its own reason.
#include "core/base/limits.hpp"
#include "core/capability/jws.hpp"
#include "core/capability/replay_guard.hpp"
#include "core/capability/token.hpp"
#include "core/crypto/sha256.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace mesh::capability {
namespace {

constexpr std::int64_t start = 1'767'567'600;
const std::string key_a(64, 'a');
const std::string key_b(64, 'b');
const std::string user_a = "usr_00000000000000000000000001";
const std::string user_b = "usr_00000000000000000000000002";
const std::string session = "ses_00000000000000000000000001";

claims good_claims() {
  claims c;
  c.iss = issuer;
  c.jti = "jti-1";
  c.iat = start;
  c.exp = start + 120;
  c.session_id = mesh::session_id(session);
  c.room_id = mesh::room_id("rom_00000000000000000000000001");
  c.kind = wire::session_kind::file;
  c.initiator = {mesh::user_id(user_a), mesh::device_id("device-a"), key_a};
  c.target = {mesh::user_id(user_b), mesh::device_id("device-b"), key_b};
  c.sender = role::initiator;
  c.caps = {"share:file"};
  return c;
}

const crypto::signing_key& server_key() {
  static const auto key = crypto::signing_key::from_seed(bytes(32, std::byte{7})).value();
  return key;
}
const crypto::signing_key& foreign_key() {
  static const auto key = crypto::signing_key::from_seed(bytes(32, std::byte{8})).value();
  return key;
}

verification target_at(std::int64_t seconds) {
  verification known;
  known.now = from_unix_seconds(seconds);
  known.own_role = role::target;
  known.own_device_id = mesh::device_id("device-b");
  known.own_key_sha256 = key_b;
  known.peer_key_sha256 = key_a;
  known.session_id = mesh::session_id(session);
  known.kind = wire::session_kind::file;
  return known;
}

std::string token_of(const claims& c) {
  return std::string(issue(c, server_key()).reveal());
}
std::string with(const std::function<void(claims&)>& change) {
  auto c = good_claims();
  change(c);
  return token_of(c);
}
std::string good_payload() {
  return wire::to_text(claims_json(good_claims()));
}
std::string good_header() {
  return R"({"alg":"EdDSA","typ":"mesh-cap+jwt","kid":")" + server_key().verifier().kid() + R"("})";
}
// Signed by the server's own key, so that only the text at fault can be the reason of refusal.
std::string raw_token(const std::string& header, const std::string& payload) {
  const auto text = to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes(payload));
  return text + "." + to_base64url(server_key().sign(as_bytes(text)));
}
std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}
std::string part(const std::string& token, int index) {
  std::size_t from = 0;
  for (; index > 0; --index) from = token.find('.', from) + 1;
  return token.substr(from, token.find('.', from) - from);
}

TEST(capability_token, is_accepted_by_both_sides_when_everything_fits) {
  const auto token = with([](claims&) {});
  const auto at_target = verify(token, keyring(server_key().verifier()), target_at(start + 5));
  ASSERT_TRUE(at_target) << at_target.error().detail;
  EXPECT_EQ(*at_target, good_claims());

  auto initiator = target_at(start + 5);
  initiator.own_role = role::initiator;
  initiator.own_device_id = mesh::device_id("device-a");
  std::swap(initiator.own_key_sha256, initiator.peer_key_sha256);
  EXPECT_TRUE(verify(token, keyring(server_key().verifier()), initiator));
}

TEST(capability_token, carries_every_optional_claim_and_a_null_room) {
  auto c = good_claims();
  c.room_id.reset();
  c.target_peer_id = mesh::user_id(user_b);
  c.max_size = 1ULL << 40;
  c.max_rate = 1'000'000;
  EXPECT_NE(wire::to_text(claims_json(c)).find(R"("room_id":null)"), std::string::npos);
  const auto again = verify(token_of(c), keyring(server_key().verifier()), target_at(start));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(*again, c);
}

struct refusal {
  std::string_view what;
  std::string token;
  errc code;
};

std::vector<refusal> badly_signed() {
  const auto good = with([](claims&) {});
  const auto other = with([](claims& c) { c.jti = "jti-2"; });
  const auto good_text = to_base64url(as_bytes(good_header())) + "." + to_base64url(as_bytes(good_payload()));
  const auto hs256 = replaced(good_header(), "EdDSA", "HS256");
  const auto hs256_text = to_base64url(as_bytes(hs256)) + "." + part(good, 1);
  const auto public_key_as_secret = crypto::hmac_sha256(server_key().verifier().raw(), as_bytes(hs256_text));
  auto flipped = good;
  flipped[good.size() - 5] = flipped[good.size() - 5] == 'A' ? 'B' : 'A';
  return {
      {"empty", "", errc::token_malformed},
      {"alg none without signature",
       to_base64url(as_bytes(replaced(good_header(), "EdDSA", "none"))) + "." + part(good, 1) + ".",
       errc::token_algorithm},
      {"alg none, well signed", raw_token(replaced(good_header(), "EdDSA", "none"), good_payload()),
       errc::token_algorithm},
      {"alg HS256 keyed with the public key", hs256_text + "." + to_base64url(public_key_as_secret),
       errc::token_algorithm},
      {"alg in other letters", raw_token(replaced(good_header(), "EdDSA", "eddsa"), good_payload()),
       errc::token_algorithm},
      {"typ of an access token", raw_token(replaced(good_header(), "mesh-cap+jwt", "at+jwt"), good_payload()),
       errc::token_type},
      {"typ JWT", raw_token(replaced(good_header(), "mesh-cap+jwt", "JWT"), good_payload()),
       errc::token_type},
      {"kid of a foreign key", std::string(issue(good_claims(), foreign_key()).reveal()),
       errc::token_key_unknown},
      {"own kid, signed by a foreign key",
       good_text + "." + to_base64url(foreign_key().sign(as_bytes(good_text))), errc::token_signature},
      {"header with a key of its own (jwk)",
       raw_token(replaced(good_header(), "{", R"({"jwk":{},)"), good_payload()), errc::token_malformed},
      {"header without kid", raw_token(R"({"alg":"EdDSA","typ":"mesh-cap+jwt"})", good_payload()),
       errc::token_malformed},
      {"alg stands twice", raw_token(replaced(good_header(), "{", R"({"alg":"none",)"), good_payload()),
       errc::token_malformed},
      {"kid is a number", raw_token(R"({"alg":"EdDSA","typ":"mesh-cap+jwt","kid":1})", good_payload()),
       errc::token_malformed},
      {"header and payload swapped", part(good, 1) + "." + part(good, 0) + "." + part(good, 2),
       errc::token_malformed},
      {"payload of another token", part(good, 0) + "." + part(other, 1) + "." + part(good, 2),
       errc::token_signature},
      {"signature of another token", part(good, 0) + "." + part(good, 1) + "." + part(other, 2),
       errc::token_signature},
      {"one bit of the signature", flipped, errc::token_signature},
      {"empty signature", part(good, 0) + "." + part(good, 1) + ".", errc::token_signature},
      {"signature of zeros", part(good, 0) + "." + part(good, 1) + "." + to_base64url(bytes(64)),
       errc::token_signature},
      {"two parts", part(good, 0) + "." + part(good, 1), errc::token_malformed},
      {"four parts", good + ".AAAA", errc::token_malformed},
      {"cut short", good.substr(0, good.size() - 22), errc::token_signature},
      {"padding", good + "==", errc::token_malformed},
      {"white space after", good + "\n", errc::token_malformed},
      {"white space inside", part(good, 0) + ". " + part(good, 1) + "." + part(good, 2),
       errc::token_signature},
      {"stray bits in base64", good.substr(0, good.size() - 1) + "_", errc::token_malformed},
      {"huge", good + std::string(limits::token_bytes_max, 'A'), errc::too_large},
      {"payload is an array", raw_token(good_header(), "[]"), errc::token_malformed},
      {"payload is no JSON", raw_token(good_header(), "{"), errc::token_malformed},
      {"payload is not UTF-8", raw_token(good_header(), "{\"iss\":\"\xFF\"}"), errc::token_malformed},
      {"a claim stands twice",
       raw_token(good_header(), replaced(good_payload(), "{", R"({"exp":9999999999,)")),
       errc::token_malformed},
      {"a claim of a side stands twice",
       raw_token(good_header(),
                 replaced(good_payload(), R"("initiator":{)", R"("initiator":{"device_id":"device-x",)")),
       errc::token_malformed},
  };
}

std::vector<refusal> badly_claimed() {
  const auto payload = [](std::string_view from, std::string_view to) {
    return raw_token(good_header(), replaced(good_payload(), from, to));
  };
  return {
      {"a claim too many", payload("{", R"({"admin":true,)"), errc::token_claims},
      {"a claim too many on a side", payload(R"("initiator":{)", R"("initiator":{"admin":true,)"),
       errc::token_claims},
      {"jti missing", payload(R"("jti":"jti-1",)", ""), errc::token_claims},
      {"jti empty", payload("jti-1", ""), errc::token_claims},
      {"exp missing", payload(R"("exp":1767567720,)", ""), errc::token_claims},
      {"room_id missing", payload(R"("room_id":"rom_00000000000000000000000001",)", ""), errc::token_claims},
      {"exp is text", payload("1767567720", "\"1767567720\""), errc::token_claims},
      {"exp overflows", payload("1767567720", "9223372036854775807"), errc::token_claims},
      {"iat negative", payload("1767567600", "-1767567600"), errc::token_claims},
      {"max_size null", payload("{", R"({"max_size":null,)"), errc::token_claims},
      {"max_size negative", payload("{", R"({"max_size":-1,)"), errc::token_claims},
      {"kind unknown", payload(R"("kind":"file")", R"("kind":"files")"), errc::token_claims},
      {"sender unknown", payload(R"("sender":"initiator")", R"("sender":"both")"), errc::token_claims},
      {"key in upper case", payload(key_b, std::string(64, 'B')), errc::token_claims},
      {"other issuer", with([](claims& c) { c.iss = "evil"; }), errc::token_claims},
      {"capability unknown", with([](claims& c) { c.caps.emplace_back("share:all"); }), errc::token_claims},
      {"capability twice", with([](claims& c) { c.caps.emplace_back("share:file"); }), errc::token_claims},
      {"no capability", with([](claims& c) { c.caps.clear(); }), errc::token_claims},
      {"capability of another kind", with([](claims& c) { c.caps = {"terminal:view"}; }),
       errc::capability_denied},
      {"target_peer_id is somebody else", with([](claims& c) { c.target_peer_id = mesh::user_id(user_a); }),
       errc::token_claims},
      {"life of 59 s", with([](claims& c) { c.exp = c.iat + 59; }), errc::token_lifetime},
      {"life of 181 s", with([](claims& c) { c.exp = c.iat + 181; }), errc::token_lifetime},
      {"ends before it begins", with([](claims& c) { c.exp = c.iat - 1; }), errc::token_lifetime},
      {"other target device", with([](claims& c) { c.target.device_id = mesh::device_id("device-c"); }),
       errc::token_wrong_peer},
      {"other target key", with([](claims& c) { c.target.key_sha256 = std::string(64, 'c'); }),
       errc::token_wrong_peer},
      {"other initiator key", with([](claims& c) { c.initiator.key_sha256 = std::string(64, 'c'); }),
       errc::token_wrong_peer},
      {"sides swapped", with([](claims& c) { std::swap(c.initiator, c.target); }), errc::token_wrong_peer},
      {"other session",
       with([](claims& c) { c.session_id = mesh::session_id("ses_00000000000000000000000002"); }),
       errc::token_wrong_session},
      {"other kind", with([](claims& c) {
         c.kind = wire::session_kind::terminal;
         c.caps = {"terminal:view"};
       }),
       errc::token_wrong_kind},
  };
}

TEST(capability_token, is_refused_when_it_is_not_signed_as_it_must_be) {
  for (const auto& [what, token, code] : badly_signed()) {
    const auto verdict = verify(token, keyring(server_key().verifier()), target_at(start + 5));
    ASSERT_FALSE(verdict) << what;
    EXPECT_EQ(verdict.error().code, code) << what << ": " << verdict.error().detail;
  }
}

TEST(capability_token, is_refused_when_it_does_not_say_what_it_must) {
  for (const auto& [what, token, code] : badly_claimed()) {
    const auto verdict = verify(token, keyring(server_key().verifier()), target_at(start + 5));
    ASSERT_FALSE(verdict) << what;
    EXPECT_EQ(verdict.error().code, code) << what << ": " << verdict.error().detail;
  }
}

TEST(capability_token, is_valid_from_30_s_before_to_30_s_after_its_time) {
  const auto token = with([](claims&) {});
  const keyring keys(server_key().verifier());
  EXPECT_EQ(verify(token, keys, target_at(start - 31)).error().code, errc::token_not_yet_valid);
  EXPECT_TRUE(verify(token, keys, target_at(start - 30)));
  EXPECT_TRUE(verify(token, keys, target_at(start + 120 + 29)));
  EXPECT_EQ(verify(token, keys, target_at(start + 120 + 30)).error().code, errc::token_expired);
}

TEST(capability_token, lives_between_60_and_180_s) {
  const keyring keys(server_key().verifier());
  EXPECT_TRUE(verify(with([](claims& c) { c.exp = c.iat + 60; }), keys, target_at(start)));
  EXPECT_TRUE(verify(with([](claims& c) { c.exp = c.iat + 180; }), keys, target_at(start)));
}

TEST(capability_token, never_shows_its_text_in_an_error) {
  for (const auto& table : {badly_signed(), badly_claimed()})
    for (const auto& [what, token, code] : table) {
      const auto verdict = verify(token, keyring(server_key().verifier()), target_at(start + 5));
      if (token.size() < 20) continue;
      EXPECT_EQ(verdict.error().detail.find(token.substr(token.size() - 20)), std::string::npos) << what;
    }
}

}  // namespace
}  // namespace mesh::capability
