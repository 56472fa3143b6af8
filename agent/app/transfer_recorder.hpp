// Writes what the transfers say into the transfer_book.
#pragma once
#include "agent/app/announced_peers.hpp"
#include "agent/app/transfer_book.hpp"
#include "agent/share/transfer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace mesh::app {

// The id of a transfer in the book.
std::string transfer_id_of(std::uint64_t number);

// Somebody else who follows one transfer instead of the book. ended: the last call.
struct transfer_watch {
  std::function<void()> started;
  std::function<void(const share::progress&)> moved;
  std::function<void(const result<share::transfer_summary>&)> ended;
};

// How a transfer that runs stands right now; nullopt when none has that number.
using transfer_lookup = std::function<std::optional<share::progress>(std::uint64_t number)>;

class transfer_recorder final : public share::transfer_observer {
 public:
  // look_up: asked when one begins. on_question: called after a waiting file was written down. book and peers
  // outlive the recorder.
  transfer_recorder(transfer_book& book, const announced_peers& peers, transfer_lookup look_up,
                    std::function<void(std::uint64_t number)> on_question)
      : book_(book), peers_(peers), look_up_(std::move(look_up)), asked_(std::move(on_question)) {}

  // From now on only the watch hears of this transfer.
  void follow(std::uint64_t number, transfer_watch watch) {
    watches_.insert_or_assign(number, std::move(watch));
  }
  // One that is about to be offered to the other side; does nothing when it was written down already.
  void add_waiting(const share::transfer_info& info);

 private:
  void on_question(const share::transfer_info& info, wall_time deadline) override;
  void on_started(const share::transfer_info& info) override;
  void on_progress(const share::progress& now) override;
  void on_finished(const share::transfer_info& info, const result<share::transfer_summary>& outcome) override;

  void add(const share::transfer_info& info, transfer_state state);
  std::uint64_t before_of(std::uint64_t number) const;

  transfer_book& book_;
  const announced_peers& peers_;
  transfer_lookup look_up_;
  std::function<void(std::uint64_t number)> asked_;
  std::map<std::uint64_t, transfer_watch> watches_;
  std::map<std::uint64_t, std::chrono::duration<double>> cpu_before_;  // of this process, when each began
};

}  // namespace mesh::app
