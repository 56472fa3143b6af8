// RFC 6455 against a client that breaks it: the upgrade, frames, closes.
#include "core/net/ws_fixture.hpp"

namespace mesh::net {
namespace {

TEST_F(ws_channel_test, bad_upgrades_are_refused) {
  start();
  struct row {
    std::string request;
    std::string_view status;
  };
  const row table[] = {
      {upgrade_request("c2hvcnQ="), "400"},                  // 5 bytes
      {upgrade_request("dGhlIHNhbXBsZSBub25jZSE="), "400"},  // 17 bytes
      {upgrade_request("dGhlIHNhbXBsZSBub25jZR=="), "400"},  // trailing bits
      {upgrade_request("!!!!IHNhbXBsZSBub25jZQ=="), "400"},  // not base64
      {upgrade_request(""), "400"},
      {upgrade_request("dGhlIHNhbXBsZSBub25jZQ==", "8"), "426"},
      {upgrade_request("dGhlIHNhbXBsZSBub25jZQ==", "13", "PUT"), "400"},
      {upgrade_request() + frame(0x81, "early"), "400"},
  };
  for (const auto& [request, status] : table) {
    const auto answer = refused(request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::string(status))) << request << answer;
    EXPECT_TRUE(answer.contains(R"({"error":)")) << answer;
  }
}

TEST_F(ws_channel_test, fragments_are_joined_and_pings_answered_between_them) {
  start();
  loop.run([](ws_channel_test& self) -> io::task<> {
    raw_client client(self.loop.get_executor());
    co_await self.upgrade(client);
    co_await client.send(frame(0x01, "he") + frame(0x00, "ll") + frame(0x89, "p") + frame(0x80, "o"));
    EXPECT_EQ(co_await client.read_exactly(3), "\x8A\x01p");
    EXPECT_EQ(co_await client.read_exactly(7), "\x81\x05hello");
    client.close();
  }(*this));
}

TEST_F(ws_channel_test, broken_rules_end_the_connection_with_their_code) {
  bounds.message_bytes_max = 1000;
  bounds.close_timeout = 200ms;
  start();
  struct row {
    std::string_view name;
    std::string sent;
    unsigned code;
    errc meaning;
  };
  std::string many;
  for (int i = 0; i < 11; ++i) many += frame(i == 0 ? 0x01 : 0x00, std::string(100, 'f'));
  const row table[] = {
      {"unmasked", "\x81\x02hi", 1002, errc::bad_frame},
      {"reserved bit", frame(0xC1, "x"), 1002, errc::bad_frame},
      {"unknown opcode", frame(0x83, "x"), 1002, errc::bad_frame},
      {"fragmented ping", frame(0x09, "x"), 1002, errc::bad_frame},
      {"continuation of nothing", frame(0x80, "x"), 1002, errc::bad_frame},
      {"text inside fragments", frame(0x01, "x") + frame(0x81, "y"), 1002, errc::bad_frame},
      {"length not in its shortest form", "\x81\xFE" + std::string("\x00\x01\0\0\0\0x", 7), 1002,
       errc::bad_frame},
      {"ping of 126 bytes", frame(0x89, std::string(126, 'p')), 1002, errc::bad_frame},
      {"reserved control opcode", frame(0x8B, ""), 1002, errc::bad_frame},
      {"length beyond 63 bits", "\x81\xFF\xFF" + std::string(11, '\0'), 1009, errc::too_large},
      {"length of 2^40", std::string("\x81\xFF\0\0\1\0\0\0\0\0\0\0\0\0", 14), 1009, errc::too_large},
      {"a character cut by the end", frame(0x81, "a\xC3"), 1007, errc::invalid_utf8},
      {"a character cut by an empty last frame", frame(0x01, "a\xC3") + frame(0x80, ""), 1007,
       errc::invalid_utf8},
      {"a surrogate", frame(0x81, "\xED\xA0\x80"), 1007, errc::invalid_utf8},
      {"not UTF-8", frame(0x81, "\xFF\xFE"), 1007, errc::invalid_utf8},
      {"too long", frame(0x81, std::string(1001, 'x')), 1009, errc::too_large},
      {"too long in fragments", many, 1009, errc::too_large},
      {"binary", frame(0x82, "x"), 1003, errc::bad_frame},
      {"close code 65535", close_frame(65535), 1002, errc::bad_frame},
      {"close code 5000", close_frame(5000), 1002, errc::bad_frame},
      {"close code 1005", close_frame(1005), 1002, errc::bad_frame},
      {"close code 1006", close_frame(1006), 1002, errc::bad_frame},
      {"close code 1015", close_frame(1015), 1002, errc::bad_frame},
      {"close code 999", close_frame(999), 1002, errc::bad_frame},
      {"close code 2999", close_frame(2999), 1002, errc::bad_frame},
      {"close code 0", close_frame(0), 1002, errc::bad_frame},
      {"half a close code", frame(0x88, "\x03"), 1002, errc::bad_frame},
      {"a close reason that is not UTF-8", frame(0x88, "\x03\xE8\xFF"), 1002, errc::bad_frame},
  };
  for (const auto& [name, sent, code, meaning] : table) {
    ended.reset();
    const auto answer = provoke(sent);
    ASSERT_GE(answer.size(), 4U) << name;
    EXPECT_EQ(static_cast<unsigned char>(answer[0]), 0x88) << name;
    const auto got = (static_cast<unsigned>(static_cast<unsigned char>(answer[2])) << 8) |
                     static_cast<unsigned char>(answer[3]);
    EXPECT_EQ(got, code) << name;
    loop.run([](std::optional<error>& done) -> io::task<> {
      while (!done) co_await io::yield();
    }(ended));
    EXPECT_EQ(ended->code, meaning) << name << ": " << ended->detail;
  }
}

TEST_F(ws_channel_test, valid_closes_are_echoed) {
  start();
  for (const unsigned code : {1000U, 1001U, 3000U, 4999U}) {
    const auto answer = provoke(close_frame(code));
    ASSERT_EQ(answer.size(), 4U);
    EXPECT_EQ((static_cast<unsigned>(static_cast<unsigned char>(answer[2])) << 8) |
                  static_cast<unsigned char>(answer[3]),
              code);
  }
}

TEST_F(ws_channel_test, nothing_is_heard_after_a_close) {
  start();
  EXPECT_EQ(provoke(close_frame(1000) + frame(0x81, "late")), std::string("\x88\x02\x03\xE8", 4));
}

TEST_F(ws_channel_test, a_message_is_unmasked_whatever_its_mask) {
  start();
  std::string masked("\x81\x85wxyz", 6);
  for (std::size_t i = 0; i < 5; ++i) masked += static_cast<char>("hello"[i] ^ "wxyz"[i % 4]);
  EXPECT_TRUE(provoke(masked + close_frame(1000)).starts_with("\x81\x05hello"));
}

}  // namespace
}  // namespace mesh::net
