// libFuzzer's way in: MESH_FUZZ_TARGET names the function of targets.hpp.
#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mesh::fuzz::MESH_FUZZ_TARGET(std::as_bytes(std::span(data, size)));
  return 0;
}
