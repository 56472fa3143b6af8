// What the pages of this agent's person are told of its transfers, without I/O: which of them is due, how
// often, in which words.
#pragma once
#include "agent/app/transfer_book.hpp"
#include "core/base/clock.hpp"
#include "core/wire/event.hpp"
#include "core/wire/payloads.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mesh::app {

// One transfer in the words of the wire. A path is told as its last component: where files lie on this
// machine is nobody else's business.
wire::share_report report_of(const transfer_record& record);

// The answer to a page that asks what there is: all that is unfinished and the newest of the rest, as far as
// one message holds them; the newest last.
wire::share_listed list_of(const std::vector<const transfer_record*>& records);

// One thread. Nothing is told until somebody asked, so that names of files leave this machine only for eyes
// that look.
class page_reports {
 public:
  // Of one transfer, between two reports of how far it is; and of all together.
  static constexpr auto progress_interval = std::chrono::milliseconds(500);
  static constexpr double per_second = 10;
  static constexpr double burst = 30;

  void start(steady_time now);
  void stop();
  bool wanted() const { return wanted_; }

  // Something happened; what was noted of the same transfer and not told yet is replaced.
  void note(transfer_change change, const transfer_record& record, steady_time now);
  // The type of the event and the transfer it is about; to be told now. Nothing more when empty.
  struct due_report {
    std::string type;
    std::string transfer_id;
  };
  std::optional<due_report> take(steady_time now);
  // When take() has something although nothing new is noted.
  std::optional<steady_time> next_due(steady_time now) const;

 private:
  struct noted {
    std::string type;
    steady_time due;
  };
  void refill(steady_time now);

  bool wanted_ = false;
  double budget_ = 0;
  steady_time refilled_{};
  std::map<std::string, noted> noted_;          // by transfer
  std::map<std::string, steady_time> told_at_;  // of unfinished ones
};

}  // namespace mesh::app
