// What came in, as it is kept over the end of the program: the list of the receiver, without what texts said.
#pragma once
#include "agent/app/transfer_book.hpp"
#include "agent/os/private_dir.hpp"
#include "core/base/error.hpp"
#include "core/wire/json.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

// user: of the sender, as the handshake proved it; sender_id: what the sender calls the transfer. Both empty
// when it ended before its offer was read. called_off: by a person here, and its sender does not know yet.
// fetched: this machine asked for it, so its sender will not come by itself.
struct kept_transfer {
  transfer_record record;
  std::string user;
  std::string sender_id;
  bool called_off = false;
  bool fetched = false;
};
BOOST_DESCRIBE_STRUCT(kept_transfer, (), (record, user, sender_id, called_off, fetched))

// last: the highest number that an id was made of. unreadable: records that were left out when it was read.
struct received_history {
  std::uint64_t last = 0;
  std::vector<kept_transfer> transfers = {};
  std::size_t unreadable = 0;
};
BOOST_DESCRIBE_STRUCT(received_history, (), (last, transfers))

// The content of the file: without texts, and without what is told about single entries of folders. The
// oldest are left out where all of them would be too long to be read back.
std::string render_history(received_history history);
// What was under way was cut by the end of the program. A record that is none of ours costs itself only.
// Errors: bad_message.
result<received_history> parse_history(std::string_view text);

// Of the state directory, mode 0600. What cannot be read is warned of and left out; the file as it was stays
// aside then.
received_history load_history(const os::private_dir& dir);
// From any thread. What was kept before stands when it fails. Errors: those of write_file_atomically().
result<void> save_history(const os::private_dir& dir, received_history history);

}  // namespace mesh::app
