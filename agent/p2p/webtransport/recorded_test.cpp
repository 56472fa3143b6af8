// What browsers really sent (tests/vectors/browsers), played to the parser again.
#include "agent/p2p/webtransport/memory_browser_in_test.hpp"
#include "core/wire/json.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::webtransport {
namespace {

using test::browser_world;

struct recorded {
  explicit recorded(const std::filesystem::path& file) : name(file.filename().string()) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    json = boost::json::parse(text.str()).as_object();
  }
  std::string origin() const { return std::string(json.at("origin").as_string()); }
  const boost::json::object& wanted() const { return json.at("wanted").as_object(); }
  std::vector<std::string> wanted(std::string_view key) const {
    std::vector<std::string> out;
    for (const auto& text : wanted().at(key).as_array()) out.emplace_back(text.as_string());
    return out;
  }
  // piece_bytes: at most so many of a stream at a time.
  void play(browser_world& to, std::size_t piece_bytes) const {
    for (const auto& entry : json.at("heard").as_array()) {
      const auto& o = entry.as_object();
      if (const auto* datagram = o.if_contains("datagram")) {
        to.peer_sends_datagram(from_hex(datagram->as_string()).value());
      } else {
        const auto id = o.at("stream").as_int64();
        const auto data = from_hex(o.at("hex").as_string()).value();
        const bool fin = o.at("fin").as_bool();
        bytes_view left = data;
        do {
          const auto piece = left.first(std::min(piece_bytes, left.size()));
          left = left.subspan(piece.size());
          to.peer_writes(id, to_bytes(piece), fin && left.empty());
          to.run();
        } while (!left.empty());
      }
      to.run();
    }
  }

  std::string name;
  boost::json::object json;
};

std::vector<recorded> all_recorded() {
  std::vector<recorded> out;
  for (const auto& file : std::filesystem::directory_iterator(MESH_SOURCE_DIR "/tests/vectors/browsers"))
    out.emplace_back(file.path());
  return out;
}

TEST(recorded_browser, is_understood_however_its_bytes_are_cut) {
  const auto browsers = all_recorded();
  EXPECT_GE(browsers.size(), 2U);
  for (const auto& browser : browsers) {
    for (const std::size_t piece_bytes : {std::size_t{65536}, std::size_t{7}, std::size_t{1}}) {
      SCOPED_TRACE(browser.name + " in pieces of " + std::to_string(piece_bytes));
      browser_world w(browser.origin());
      browser.play(w, piece_bytes);
      std::vector<std::string> streams;
      for (std::size_t i = 0; i < w.streams.size(); ++i) streams.push_back(w.text_of(i));
      EXPECT_EQ(streams, browser.wanted("streams"));
      EXPECT_EQ(w.datagrams, browser.wanted("datagrams"));
      if (const auto* const ended = browser.wanted().if_contains("ended"))
        EXPECT_EQ(w.closed ? w.closed->detail : "it goes on", ended->as_string());
      else
        EXPECT_FALSE(w.closed);
      // Nothing of it broke a rule.
      EXPECT_EQ(w.closed_with().value_or(h3::no_error), h3::no_error);
    }
  }
}

TEST(recorded_browser, of_another_page_is_refused) {
  for (const auto& browser : all_recorded()) {
    browser_world w("https://another.example");
    browser.play(w, 65536);
    EXPECT_TRUE(w.streams.empty()) << browser.name;
    EXPECT_TRUE(w.datagrams.empty()) << browser.name;
  }
}

}  // namespace
}  // namespace mesh::webtransport
