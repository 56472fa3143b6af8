// Shows the events of a transfer: a bar on a terminal, plain lines elsewhere, one JSON object a line with
// --json.
#pragma once
#include "agent/app/progress_view.hpp"
#include "agent/app/transfer_book.hpp"
#include "core/wire/json.hpp"

#include <map>
#include <string>
#include <string_view>

namespace mesh::app {

// The name for a screen; of a folder with the number of its files.
std::string shown_name(const transfer_record& record);

class transfer_view {
 public:
  // json: events go to standard output as they are. Otherwise words, bars on standard error.
  explicit transfer_view(bool json);

  // One event of a send or receive request.
  void show(std::string_view type, const wire::json_object& payload);
  // True once a folder arrived without some of its files.
  bool incomplete() const noexcept { return incomplete_; }
  // Takes the bar away before something else is written.
  void clear();

 private:
  void progress(const wire::json_object& payload);

  bool json_;
  bool bar_;
  bool incomplete_ = false;
  std::map<std::string, progress_view> running_;  // by transfer_id
};

}  // namespace mesh::app
