// Who may type into a shared terminal: nobody but its sharer, or beside him one viewer with a lease that the
// sharer gave. Pure; time comes in as an argument.
#pragma once
#include "core/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mesh::terminal {

enum class lease_end : std::uint8_t { over, idle, vanished };

class input_gate {
 public:
  using viewer = std::uint64_t;

  // The viewer may type with this epoch until then. line_only: up to and with the first return key. False
  // when the epoch is not newer than every one before: such a grant is old, or made up.
  bool open(viewer who, std::uint32_t epoch, steady_time until, bool line_only, steady_time now);
  // Nobody may type from now on. True when somebody could.
  bool close() noexcept;

  // How many of the bytes that came with this epoch reach the terminal; the rest is counted as dropped. A
  // lease for one line ends with its return key.
  std::size_t admit(viewer who, std::uint32_t epoch, std::string_view input, steady_time now);
  // A sign of life of that viewer.
  void alive(viewer who, steady_time now) noexcept;
  // Why the lease ended just now, by itself.
  std::optional<lease_end> expire(steady_time now);

  std::optional<viewer> holder() const noexcept;
  std::uint32_t epoch() const noexcept { return epoch_; }
  std::uint64_t dropped_bytes() const noexcept { return dropped_bytes_; }

 private:
  struct lease {
    viewer who = 0;
    bool line_only = false;
    steady_time until;
    steady_time typed;
    steady_time heard;
  };
  std::optional<lease> lease_;
  std::uint32_t epoch_ = 0;  // of the newest lease
  std::uint64_t dropped_bytes_ = 0;
};

}  // namespace mesh::terminal
