// A sender in the hands of a test, against the transfers of a machine that takes what its own devices send.
#pragma once
#include "agent/share/scripted_peer.hpp"
#include "agent/share/transfer_fixture.hpp"

namespace mesh::share {

inline wire::file_meta meta(std::uint64_t size, std::string name = "a.bin") {
  return {"t1", std::move(name), size, std::nullopt, 1'500'000'000'000, 0644};
}

inline std::string hash_of(std::string_view content) {
  return crypto::blake3_hex(as_bytes(content));
}

struct hostile_sender : transfers {
  std::unique_ptr<scripted_peer> peer;

  scripted_peer& connect(memory_link_options options = {}) {
    auto pair = make_memory_pair(loop, options);
    EXPECT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
    peer = std::make_unique<scripted_peer>(std::move(pair.a));
    return *peer;
  }
  // The code that the sender was told in FILE_REJECT or FILE_RESULT.
  std::string told() const {
    if (const auto* const reject = peer->last<wire::file_reject>()) return reject->code;
    if (const auto* const outcome = peer->last<wire::file_result>())
      return outcome->ok ? "ok" : outcome->code.value_or("");
    return "nothing";
  }
};

}  // namespace mesh::share
