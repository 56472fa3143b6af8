#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/escape.hpp"
#include "core/base/id.hpp"
#include "core/base/log.hpp"
#include "core/base/secret.hpp"

#include <array>
#include <random>
#include <type_traits>

#include <gtest/gtest.h>

namespace mesh {
namespace {

TEST(error, every_word_finds_its_code_again) {
#define X(name)                          \
  EXPECT_EQ(code_of(#name), errc::name); \
  EXPECT_EQ(word(errc::name), #name);
  MESH_ERROR_CODES(X)
#undef X
  EXPECT_EQ(code_of("no_such_word"), errc::internal);
}

TEST(bytes, base64url_follows_rfc_4648_without_padding) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xFB\xFF", "-_8"}};
  for (const auto& [plain, encoded] : table) {
    EXPECT_EQ(to_base64url(as_bytes(plain)), encoded);
    EXPECT_EQ(as_text(from_base64url(encoded).value()), plain);
  }
  for (const std::string_view bad : {"Z", "Zg==", "Z g", "Zh", "Zm9v\n", "+/8", "Zm9vYh"})
    EXPECT_FALSE(from_base64url(bad)) << bad;
}

TEST(bytes, random_data_survives_every_text_form) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    bytes data(random() % 100);
    for (auto& b : data) b = static_cast<std::byte>(random());
    EXPECT_EQ(from_hex(to_hex(data)).value(), data) << "seed " << seed;
    EXPECT_EQ(from_base64url(to_base64url(data)).value(), data) << "seed " << seed;
  }
}

TEST(bytes, integers_are_big_endian) {
  bytes out;
  append_be<std::uint32_t>(out, 0x01020304);
  EXPECT_EQ(to_hex(out), "01020304");
  EXPECT_EQ(get_be<std::uint32_t>(out.data()), 0x01020304U);
  append_be<std::uint64_t>(out, 1ULL << 63);
  EXPECT_EQ(get_be<std::uint64_t>(out.data() + 4), 1ULL << 63);
}

TEST(bytes, constant_time_comparison_sees_length_and_content) {
  EXPECT_TRUE(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("ab")));
}

TEST(id, has_prefix_and_26_crockford_characters) {
  std::array<std::byte, 16> random{};
  random[0] = std::byte{0xFF};
  const auto id = make_id<user_tag>(random);
  EXPECT_EQ(id.str(), "usr_ZW000000000000000000000000");
  EXPECT_TRUE(valid(id));
  EXPECT_FALSE(valid_id(id.str(), "rom_"));
  EXPECT_FALSE(valid_id("usr_short", "usr_"));
  EXPECT_FALSE(valid_id("usr_IL000000000000000000000000", "usr_"));
}

TEST(id, device_names_follow_the_contract) {
  for (const std::string_view good : {"a", "my-device-123", "0.x_y", "a.b"})
    EXPECT_TRUE(valid_device_id(good)) << good;
  for (const std::string_view bad : {"", "-a", ".a", "A", "a b", "a/b", "\xC3\xA9"})
    EXPECT_FALSE(valid_device_id(bad)) << bad;
  EXPECT_TRUE(valid_device_id(std::string(63, 'a')));
  EXPECT_FALSE(valid_device_id(std::string(64, 'a')));
}

static_assert(!std::is_copy_constructible_v<secret>);
static_assert(!fmt::is_formattable<secret>::value);
static_assert(!std::is_convertible_v<user_id, room_id>);

TEST(secret, moves_and_leaves_nothing_behind) {
  secret a(std::string("correct horse battery staple"));
  secret b(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_EQ(b.reveal(), "correct horse battery staple");
  EXPECT_EQ(b.clone().reveal(), b.reveal());
}

TEST(clock, formats_and_parses_rfc_3339) {
  const auto t = from_unix_milliseconds(1'767'567'600'007);
  EXPECT_EQ(format_rfc3339(t), "2026-01-04T23:00:00.007Z");
  EXPECT_EQ(format_rfc3339_seconds(t), "2026-01-04T23:00:00Z");
  EXPECT_EQ(parse_rfc3339("2026-01-04T23:00:00.007Z"), t);
  EXPECT_EQ(parse_rfc3339("2026-01-04T23:00:00.5Z"), from_unix_milliseconds(1'767'567'600'500));
  EXPECT_EQ(parse_rfc3339("2026-01-04T23:00:00Z"), from_unix_milliseconds(1'767'567'600'000));
  for (const std::string_view bad :
       {"", "2026-01-04", "2026-02-30T00:00:00Z", "2026-01-04T24:00:00Z", "2026-01-04T23:00:00",
        "2026-01-04T23:00:00.Z", "2026-01-04 23:00:00Z", "2026-01-04T23:00:00+00:00", "2026-01-04T23:00:0xZ"})
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
}

TEST(escape, recognises_well_formed_utf8) {
  for (const std::string_view good : {"", "abc", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"})
    EXPECT_TRUE(valid_utf8(good));
  for (const std::string_view bad : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\xF8\x88\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "a\xFF"})
    EXPECT_FALSE(valid_utf8(bad));
}

TEST(escape, makes_the_text_of_others_visible) {
  EXPECT_EQ(escape_controls("a\tb\xC3\xA9"), "a\tb\xC3\xA9");
  EXPECT_EQ(escape_controls("a\nb"), "a\\u{A}b");
  EXPECT_EQ(escape_controls("\x1B[31m"), "\\u{1B}[31m");
  EXPECT_EQ(escape_controls("\xE2\x80\xAEgpj"), "\\u{202E}gpj");
  EXPECT_EQ(escape_controls("\xC2\x9B"), "\\u{9B}");
  EXPECT_EQ(escape_controls("\xFFx"), "\\xFFx");
}

TEST(log, filters_by_module_in_both_spellings) {
  ASSERT_TRUE(log::configure("warn,p2p=debug,mesh_agent::share=info"));
  EXPECT_TRUE(log::enabled("p2p", log::level::debug));
  EXPECT_TRUE(log::enabled("share", log::level::info));
  EXPECT_FALSE(log::enabled("share", log::level::debug));
  EXPECT_FALSE(log::enabled("ws", log::level::info));
  ASSERT_TRUE(log::configure("mesh_agent=debug"));
  EXPECT_TRUE(log::enabled("anything", log::level::debug));
  EXPECT_FALSE(log::configure("p2p=loud"));
  EXPECT_TRUE(log::enabled("anything", log::level::debug)) << "a wrong filter must leave the old one";
  ASSERT_TRUE(log::configure("info"));
}

}  // namespace
}  // namespace mesh
