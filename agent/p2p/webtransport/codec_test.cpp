// Varints, settings, error codes and items from their bytes, whole and in pieces.
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/webtransport/error_code.hpp"
#include "agent/p2p/webtransport/item_reader.hpp"
#include "agent/p2p/webtransport/memory_browser_in_test.hpp"
#include "agent/p2p/webtransport/settings.hpp"
#include "agent/p2p/webtransport/varint.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::webtransport {
namespace {

using namespace test;
using testing::ElementsAre;

TEST(varint, is_that_of_the_rfc) {
  // RFC 9000 appendix A.1.
  for (const auto& [hex, value] : std::vector<std::pair<std::string, std::uint64_t>>{
           {"c2197c5eff14e88c", 151288809941952652}, {"9d7f3e7d", 494878333}, {"7bbd", 15293}, {"25", 37}}) {
    const auto encoded = from_hex(hex).value();
    bytes_view data = encoded;
    EXPECT_EQ(take_varint(data), value);
    EXPECT_TRUE(data.empty());
    bytes out;
    append_varint(out, value);
    EXPECT_EQ(to_hex(out), hex);
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      bytes_view part = bytes_view(encoded).first(i);
      EXPECT_EQ(take_varint(part), std::nullopt);
      EXPECT_EQ(part.size(), i);
    }
  }
}

TEST(error_code, travels_among_those_of_http3) {
  // Measured with Chromium.
  EXPECT_EQ(to_http3(42), 0x52e4a40fa906U);
  EXPECT_EQ(to_http3(5), 0x52e4a40fa8e0U);
  for (std::uint32_t n = 0; n < 2000; ++n) {
    EXPECT_EQ(from_http3(to_http3(n)), n);
    EXPECT_NE((to_http3(n) - 0x21) % 0x1f, 0U);
  }
  EXPECT_EQ(from_http3(to_http3(0xffffffff)), 0xffffffffU);
  for (const std::uint64_t foreign :
       {std::uint64_t{0}, std::uint64_t{0x100}, to_http3(0) - 1, to_http3(0xffffffff) + 1})
    EXPECT_EQ(from_http3(foreign), std::nullopt);
  EXPECT_EQ(meaning_of(to_http3(p2p::close_code::revoked)).code, errc::session_revoked);
  EXPECT_EQ(meaning_of(0x100).code, errc::canceled);
}

TEST(settings, are_what_browsers_accept) {
  EXPECT_EQ(to_hex(control_stream_opening()),
            "000412"
            "0801"
            "3301"
            "ab60374201"
            "c0000000c671706a01");
}

TEST(settings, of_browsers_are_accepted_and_broken_ones_are_not) {
  const auto of = [](std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> pairs) {
    bytes out;
    for (const auto& [setting, value] : pairs) {
      append_varint(out, setting);
      append_varint(out, value);
    }
    return out;
  };
  // Chromium 156 with one to be ignored, Firefox 153.
  EXPECT_TRUE(check_settings(of(
      {{1, 65536}, {6, 16384}, {7, 100}, {0x33, 1}, {0xffd277, 1}, {0x2b603742, 1}, {0x1f * 7 + 0x21, 9}})));
  EXPECT_TRUE(check_settings(of({{1, 65536}, {7, 20}, {0x2b603742, 1}, {0xffd277, 1}, {0x33, 1}, {8, 1}})));
  EXPECT_TRUE(check_settings({}));
  EXPECT_FALSE(check_settings(of({{2, 1}})));
  EXPECT_FALSE(check_settings(of({{7, 1}, {7, 1}})));
  EXPECT_FALSE(check_settings(from_hex("07").value()));
  EXPECT_FALSE(check_settings(from_hex("0740").value()));
}

TEST(item_reader, reads_the_same_from_pieces_of_any_size) {
  bytes all;
  const auto add = [&](std::uint64_t type, const bytes& value) {
    append_varint(all, type);
    append_varint(all, value.size());
    all.insert(all.end(), value.begin(), value.end());
  };
  add(1, bytes(300, std::byte{1}));
  add(0x40000000, bytes(5, std::byte{2}));
  add(0, bytes(1000, std::byte{3}));
  add(1, {});
  add(0, {});
  add(1, bytes(3, std::byte{4}));
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::size_t> kept;
    std::size_t streamed = 0;
    item_reader reader(300, {.on_begin = [](std::uint64_t type, std::uint64_t) -> result<item_reader::care> {
                               return type == 1   ? item_reader::care::keep
                                      : type == 0 ? item_reader::care::stream
                                                  : item_reader::care::skip;
                             },
                             .on_value = [&](std::uint64_t type, bytes_view value) -> result<void> {
                               if (type == 1)
                                 kept.push_back(value.size());
                               else
                                 streamed += value.size();
                               return {};
                             }});
    for (bytes_view left = all; !left.empty();) {
      const auto count = std::min<std::size_t>(left.size(), 1 + random() % 17);
      ASSERT_TRUE(reader.push(left.first(count)));
      left = left.subspan(count);
    }
    EXPECT_THAT(kept, ElementsAre(300, 0, 3));
    EXPECT_EQ(streamed, 1000U);
    EXPECT_TRUE(reader.between_items());
  }
}

TEST(item_reader, keeps_no_more_than_it_was_told) {
  item_reader reader(10, {.on_begin = [](std::uint64_t, std::uint64_t) -> result<item_reader::care> {
                            return item_reader::care::keep;
                          },
                          .on_value = [](std::uint64_t, bytes_view) -> result<void> { return {}; }});
  EXPECT_EQ(reader.push(from_hex("010b").value()).error().code, errc::bad_frame);
}

}  // namespace
}  // namespace mesh::webtransport
