// The golden vectors of the data plane, which the web client reads too.
#include "core/wire/frame.hpp"
#include "core/wire/p2p_message.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <boost/mp11/algorithm.hpp>
#include <gtest/gtest.h>

namespace mesh::wire {
namespace {

struct frame_vector {
  struct content {
    std::string kind;
    std::optional<std::string> text;
    std::optional<std::uint64_t> position;
    std::optional<std::string> data;
    bool operator==(const content&) const = default;
  };
  std::string name;
  std::string hex;
  std::optional<std::vector<content>> frames;
  std::optional<std::string> error;
};
BOOST_DESCRIBE_STRUCT(frame_vector::content, (), (kind, text, position, data))
BOOST_DESCRIBE_STRUCT(frame_vector, (), (name, hex, frames, error))

std::string name_of(frame_kind kind) {
  switch (kind) {
    case frame_kind::file_chunk:
      return "file_chunk";
    case frame_kind::term_out:
      return "term_out";
    case frame_kind::term_in:
      return "term_in";
    case frame_kind::term_snapshot:
      return "term_snapshot";
    case frame_kind::json:
      return "json";
  }
  return {};
}

std::vector<std::string> read_folder(const std::string& name) {
  std::vector<std::string> texts;
  for (const auto& file : std::filesystem::directory_iterator(MESH_SOURCE_DIR "/tests/vectors/" + name)) {
    std::ostringstream text;
    text << std::ifstream(file.path(), std::ios::binary).rdbuf();
    texts.push_back(text.str());
  }
  return texts;
}

TEST(vectors, every_data_plane_message_survives_parsing_and_rendering) {
  std::set<std::string> seen;
  for (const auto& text : read_folder("p2p")) {
    SCOPED_TRACE(text);
    const auto vector = parse_json(text).value();
    const auto& expected = vector.at("json");
    const auto message = parse_p2p_message(to_text(expected));
    ASSERT_TRUE(message) << message.error().detail;
    EXPECT_EQ(parse_json(render_p2p_message(*message)).value(), expected);
    EXPECT_EQ(type_of(*message), std::string_view(vector.at("type").as_string()));
    seen.emplace(type_of(*message));
  }
  boost::mp11::mp_for_each<p2p_message>(
      [&](const auto& message) { EXPECT_TRUE(seen.contains(std::string(message.type))) << message.type; });
}

// The frames of data, as far as they could be read.
result<std::vector<frame_vector::content>> split(bytes_view data) {
  std::vector<frame_vector::content> frames;
  frame_splitter splitter;
  splitter.feed(data);
  for (;;) {
    const auto part = splitter.next();
    if (!part) return std::unexpected(part.error());
    if (!*part) return frames;
    if (const auto* json = std::get_if<frame_json>(&**part))
      frames.push_back({"json", std::string(json->text), {}, {}});
    else if (const auto* begin = std::get_if<bulk_begin>(&**part))
      frames.push_back({name_of(begin->kind), {}, begin->position, std::string()});
    else if (const auto* piece = std::get_if<bulk_data>(&**part))
      frames.back().data->append(to_hex(piece->data));
  }
}

TEST(vectors, every_frame_is_cut_as_written_down) {
  std::set<std::string> kinds;
  for (const auto& text : read_folder("frames")) {
    const auto vector = parse<frame_vector>(text, unknown_keys::refuse).value();
    SCOPED_TRACE(vector.name);
    const auto frames = split(from_hex(vector.hex).value());
    EXPECT_EQ(frames.has_value(), vector.frames.has_value());
    if (frames) {
      EXPECT_EQ(*frames, vector.frames);
      for (const auto& f : *frames) kinds.insert(f.kind);
    } else {
      EXPECT_EQ(word(frames.error().code), vector.error);
    }
  }
  EXPECT_EQ(kinds.size(), 5U);
}

}  // namespace
}  // namespace mesh::wire
