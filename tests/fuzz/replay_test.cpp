// The seeds of the fuzz targets, and every input that once broke one, run in each build.
#include "tests/fuzz/targets.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace mesh::fuzz {
namespace {

std::string running;  // which input, for the one who looks for a crash

void name_the_input(int) {
  std::fprintf(stderr, "with %s\n", running.c_str());
}

// Ends the program where a promise is broken, with the input's name.
void replay(const std::string& name, void (*target)(bytes_view)) {
  std::signal(SIGABRT, name_the_input);
  const auto run = [target](const std::string& what, std::string_view data) {
    running = what;
    target(as_bytes(data));
  };
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(MESH_SOURCE_DIR "/tests/fuzz/seeds/" + name)) {
    std::ostringstream text;
    text << std::ifstream(file.path(), std::ios::binary).rdbuf();
    const std::string data = text.str();
    const auto path = file.path().string();
    run(path, data);
    // Cut short and with each byte changed a little: a few hundred neighbours of every seed.
    for (std::size_t size = 0; size < data.size(); size += 1 + data.size() / 64)
      run(path + " cut to " + std::to_string(size) + " bytes", std::string_view(data).substr(0, size));
    for (std::size_t i = 0; i < data.size(); i += 1 + data.size() / 64) {
      auto changed = data;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      run(path + " with byte " + std::to_string(i) + " changed", changed);
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
TEST(fuzz_seeds, secrets_are_hidden_however_a_text_is_cut) {
  replay("fuzz_secret_mask", secret_mask);
}
TEST(fuzz_seeds, recordings_are_played_in_order_or_refused) {
  replay("fuzz_recording", recording);
}
TEST(fuzz_seeds, browsers_are_read_the_same_however_their_streams_are_cut) {
  replay("fuzz_webtransport", webtransport);
}
TEST(fuzz_seeds, the_relay_gets_nobody_in_and_keeps_no_more_than_windows) {
  replay("fuzz_relay", relay);
}
TEST(fuzz_seeds, manifests_that_are_believed_are_harmless) {
  replay("fuzz_manifest", manifest);
}
TEST(fuzz_seeds, patterns_are_judged_soon_and_by_a_line_that_is_there) {
  replay("fuzz_ignore", ignore);
}
TEST(fuzz_seeds, tokens_are_accepted_only_as_the_contract_has_them) {
  replay("fuzz_capability_token", capability_token);
}
TEST(fuzz_seeds, connections_are_answered_in_valid_http) {
  replay("fuzz_http", http);
}
TEST(fuzz_seeds, websockets_are_answered_in_valid_frames) {
  replay("fuzz_websocket", websocket);
}
TEST(fuzz_seeds, configuration_files_are_settings_or_named_errors) {
  replay("fuzz_config", config);
}
TEST(fuzz_seeds, bodies_are_refused_with_a_reason_or_survive_rendering) {
  replay("fuzz_rest_body", rest_body);
}
TEST(fuzz_seeds, sessions_open_by_tokens_of_the_server_only) {
  replay("fuzz_handshake", handshake);
}
TEST(fuzz_seeds, a_guest_gets_in_whatever_datagrams_strangers_send) {
  replay("fuzz_quic_datagram", quic_datagram);
}

}  // namespace
}  // namespace mesh::fuzz
