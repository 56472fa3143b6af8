// Writes what the transfers say into the transfer_book.
#pragma once
#include "agent/app/announced_peers.hpp"
#include "agent/app/received_history.hpp"
#include "agent/app/transfer_book.hpp"
#include "agent/app/transfer_origin.hpp"
#include "agent/share/transfer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace mesh::app {

// Somebody else who follows one transfer instead of the book. ended: the last call.
struct transfer_watch {
  std::function<void()> started;
  std::function<void(const share::progress&)> moved;
  std::function<void(const result<share::transfer_summary>&)> ended;
};

// What the recorder wants of the transfers that run. look_up: how one stands right now; nullopt when none has
// that number. asked: a waiting file was written down. stop: a person called it off before it went on. limit:
// it goes on, and has a rate of its own.
struct transfer_calls {
  std::function<std::optional<share::progress>(std::uint64_t number)> look_up;
  std::function<void(std::uint64_t number)> asked;
  std::function<void(std::uint64_t number)> stop;
  std::function<void(std::uint64_t number, std::uint64_t rate)> limit;
};

// What comes in has one record for each transfer_id of its sender's device, however many attempts it takes.
// One that was cut or paused stays in the list as that; only what nobody will try again has failed.
class transfer_recorder final : public share::transfer_observer {
 public:
  // book and peers outlive the recorder.
  transfer_recorder(transfer_book& book, const announced_peers& peers, transfer_calls calls)
      : book_(book), peers_(peers), calls_(std::move(calls)) {}

  // Before anything else: what came in earlier runs of the program goes into the book, and new ids follow.
  void restore(received_history kept);
  // What came in, as it stands in the book.
  received_history history() const;

  // The id of a transfer in the book.
  std::string id_of(std::uint64_t number) const;

  // From now on only the watch hears of this transfer.
  void follow(std::uint64_t number, transfer_watch watch) {
    watches_.insert_or_assign(number, std::move(watch));
  }
  // One that is about to be offered to the other side; does nothing when it was written down already.
  void add_waiting(const share::transfer_info& info);
  // This machine asks for what comes under that id of the wire: when it is cut, whoever asked begins anew
  // with another id.
  void asked_here(std::string transfer_id) { fetched_.insert(std::move(transfer_id)); }
  void asked_no_more(const std::string& transfer_id) { fetched_.erase(transfer_id); }
  // True for what came in from that device under that id of the wire, and has not ended.
  bool expects(const std::string& user, const std::string& device, const std::string& transfer_id) const;
  bool has_record(const transfer_origin& of) const { return origins_.contains(of); }
  // Of what came in; nullopt when its offer was never read.
  std::optional<transfer_origin> origin_of_record(const std::string& id) const;
  // Of a person, about what comes in: it is refused if its sender goes on with it, until he has heard of
  // that. What is cut or paused has failed; who ends what runs is the caller.
  void call_off(const std::string& id);

 private:
  void on_question(const share::transfer_info& info, wall_time deadline) override;
  void on_started(const share::transfer_info& info) override;
  void on_progress(const share::progress& now) override;
  void on_finished(const share::transfer_info& info, const result<share::transfer_summary>& outcome) override;
  void on_told(const share::transfer_info& info) override;

  void add(const share::transfer_info& info, transfer_state state);
  // True when the transfer ended thereby.
  bool stop_if_called_off(std::uint64_t number);
  // What came in under that name of the wire, if info speaks of the same thing.
  const transfer_record* known(const transfer_origin& of, const share::transfer_info& info) const;
  const std::string* earlier(const transfer_origin& of, const share::transfer_info& info) const;
  void fail(const std::string& id, const share::transfer_info& info, const error& reason);
  std::uint64_t before_of(std::uint64_t number) const;

  transfer_book& book_;
  const announced_peers& peers_;
  transfer_calls calls_;
  std::uint64_t earlier_numbers_ = 0;  // of earlier runs
  std::uint64_t last_ = 0;             // the highest number of something that came in
  std::map<std::uint64_t, transfer_watch> watches_;
  std::map<transfer_origin, std::string> origins_;  // -> id in the book
  std::map<std::uint64_t, std::string> continued_;  // number of an attempt -> id of the first one
  // What is here already and is offered once more: not in the book before a byte of it moves.
  std::set<std::uint64_t> repeated_;
  std::set<std::string> fetched_;     // ids of the wire
  std::set<std::string> called_off_;  // ids in the book; their senders do not know yet
  std::map<std::uint64_t, std::chrono::duration<double>> cpu_before_;  // of this process, when each began
};

}  // namespace mesh::app
