// Shows the events of transfers: bars on a terminal, plain lines elsewhere, one JSON object a line with
// --json.
#pragma once
#include "agent/app/progress_board.hpp"
#include "agent/app/transfer_book.hpp"
#include "core/wire/json.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace mesh::app {

// A text of others for a screen: line by line, what is no letter made visible.
std::string escape_lines(std::string_view text);

// The name for a screen; of a folder with the number of its files, of a text its beginning.
std::string shown_name(const transfer_record& record);

// The name in the answer of a request about one transfer, for a screen; `otherwise` when there is none.
std::string answered_name(const wire::json_object& answer, const std::string& otherwise);

// Its state in a few words: how far it is, or why it stands still or failed.
std::string shown_state(const transfer_record& record);
// Why a failed one failed, and what to do: a sentence or two.
std::string shown_reason(const transfer_record& record);

class transfer_view {
 public:
  // json: events go to standard output as they are. Otherwise words, bars on standard error. sends: how many
  // files and folders one command sends; more than one have a bar together and a summary.
  // clock: for tests.
  explicit transfer_view(bool json, std::size_t sends = 1, std::function<steady_time()> clock = steady_now);

  // The text that is sent is the one that this command was given.
  void expect_text() { own_text_ = true; }
  // One event of a send or receive request.
  void show(std::string_view type, const wire::json_object& payload);
  // True once a folder arrived without some of its files.
  bool incomplete() const noexcept { return incomplete_; }
  // True while something is on its way.
  bool moves() const;
  // Takes the bar away before something else is written.
  void clear();
  // The end of a `send`: what became of several.
  void conclude();

 private:
  void progress(const transfer_record& record);
  double moved_seconds() const;
  void count(std::string_view type, const transfer_record& record);
  std::optional<debug::progress_state> together() const;

  bool json_;
  std::function<steady_time()> clock_;
  std::size_t sends_;
  // Those whose bytes move, since when any does, and for how long some did before: what waits for an answer
  // or its turn takes no time.
  std::set<std::string> moving_;
  std::optional<steady_time> moves_since_;
  steady_time::duration moved_for_{};
  // As last told: all that one command sends, otherwise those that move.
  std::map<std::string, transfer_record> known_;
  // Of those that wait for another attempt: what was said last.
  std::map<std::string, std::string> waits_;
  bool own_text_ = false;
  bool incomplete_ = false;
  progress_board board_;
};

}  // namespace mesh::app
