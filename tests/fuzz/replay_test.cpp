// The seeds of the fuzz targets, and every input that once broke one, run in each build.
#include "tests/fuzz/targets.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace mesh::fuzz {
namespace {

// Ends the program where a promise is broken; the test fails as a crash and names the file before.
void replay(const std::string& name, void (*target)(bytes_view)) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(MESH_SOURCE_DIR "/tests/fuzz/seeds/" + name)) {
    SCOPED_TRACE(file.path().string());
    std::ostringstream text;
    text << std::ifstream(file.path(), std::ios::binary).rdbuf();
    const std::string data = text.str();
    target(as_bytes(data));
    // Cut short and with each byte changed a little: a few hundred neighbours of every seed.
    for (std::size_t size = 0; size < data.size(); size += 1 + data.size() / 64)
      target(as_bytes(std::string_view(data).substr(0, size)));
    for (std::size_t i = 0; i < data.size(); i += 1 + data.size() / 64) {
      auto changed = data;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      target(as_bytes(changed));
    }
    ++count;
  }
  EXPECT_GT(count, 0) << name;
}

TEST(fuzz_seeds, frames_do_not_depend_on_how_a_stream_is_cut) {
  replay("fuzz_frame", frame);
}
TEST(fuzz_seeds, events_survive_rendering) {
  replay("fuzz_event", event);
}
TEST(fuzz_seeds, data_plane_messages_survive_rendering) {
  replay("fuzz_p2p_message", p2p_message);
}
TEST(fuzz_seeds, tokens_are_accepted_only_as_the_contract_has_them) {
  replay("fuzz_capability_token", capability_token);
}

}  // namespace
}  // namespace mesh::fuzz
