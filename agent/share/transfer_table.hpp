// All transfers of this process: starts them on streams that p2p opened, watches their time, ends them.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "agent/share/accept_policy.hpp"
#include "agent/share/collision.hpp"
#include "agent/share/file_sink.hpp"
#include "agent/share/file_source.hpp"
#include "agent/share/manifest_budget.hpp"
#include "agent/share/openings.hpp"
#include "agent/share/rate_limits.hpp"
#include "agent/share/session_quota.hpp"
#include "agent/share/source_tree.hpp"
#include "agent/share/transfer.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::share {

struct send_folder_request {
  mesh::session_id session;
  peer_identity peer;
  std::shared_ptr<const source_tree> source;
  std::string transfer_id = {};            // as in send_request
  std::optional<std::uint64_t> rate = {};  // as in send_request
  bool xattrs = false;                     // as in send_request
};

struct send_request {
  mesh::session_id session;
  peer_identity peer;
  file_source source;
  std::string name;  // as the receiver shall know it; empty: the last component of the source's path
  std::string transfer_id = {};            // the same at every attempt to send this file; empty: a new one
  std::optional<std::uint64_t> rate = {};  // bytes per second at most, besides what rates() says
  bool text = false;                       // as in transfer_info
  bool xattrs = false;                     // extended attributes go along
};

// The directory in which a folder is to appear, and what becomes of it when its name is taken there.
struct folder_place {
  std::filesystem::path directory;
  collision policy = collision::rename;
};

// A yes of a person holds for every attempt to bring what it was said to. arrived: it is here, and its sender
// may not know: no content comes any more, it is only confirmed. over: nothing holds, for somebody here said
// no, or the sender heard.
enum class consent : std::uint8_t { over, given, arrived };

// Both may be empty. of: arrived only where what is offered is here indeed.
struct consent_calls {
  std::function<consent(const transfer_info&)> of;
  std::function<void(const transfer_info&, consent)> set;
};

// What the session allows and how this machine stands to the sender. make_sink is called once the file is let
// in.
struct receive_request {
  mesh::session_id session;
  peer_identity peer;
  sender_standing standing;
  receive_mode mode = receive_mode::ask;
  consent_calls agreed = {};  // asked before a person is
  quota_limits limits;        // max_size and max_rate of the token
  std::function<result<std::unique_ptr<file_sink>>(const transfer_info&)> make_sink;
  // The same for a folder.
  std::function<result<folder_place>(const transfer_info&)> place_for;
};

class running_transfer;
struct transfer_owner;

// Everything happens on the network thread. Both streams are positioned behind STREAM_OPEN.
class transfer_table {
 public:
  // observer outlives the table; owed work is posted through rt, which may outlive the table too.
  // manifest_bytes_max: of memory for the lists of folders that others send.
  transfer_table(runtime rt, transfer_observer& observer,
                 std::size_t manifest_bytes_max = manifest_budget::bytes_of_this_machine());
  transfer_table(const transfer_table&) = delete;
  transfer_table& operator=(const transfer_table&) = delete;
  // Resets every stream with code canceled; `.part` files stay.
  ~transfer_table();

  // Both return the number of the transfer; the observer may hear of it before they return. initial: bytes of
  // the stream that the caller already took from it; the table gives them back to the flow-control window.
  // Errors: busy when too many run; the stream is then reset, or the sender told so, who tries again. What is
  // sent and what is received are counted apart, and no device may fill the place of the others.
  result<std::uint64_t> send(std::unique_ptr<p2p::byte_stream> stream, send_request request);
  result<std::uint64_t> receive(std::unique_ptr<p2p::byte_stream> stream, bytes_view initial,
                                receive_request request);

  result<std::uint64_t> send_folder(std::unique_ptr<p2p::byte_stream> stream, send_folder_request request);
  result<std::uint64_t> receive_folder(std::unique_ptr<p2p::byte_stream> stream, bytes_view initial,
                                       receive_request request);

  // The answer to transfer_observer::on_question. Errors: not_found, when the transfer does not wait for an
  // answer.
  result<void> answer(std::uint64_t number, bool accept);
  // It is getting its name here: cancel() has no effect any more.
  bool is_too_late(std::uint64_t number) const;
  // Ends one transfer, with canceled unless told otherwise; the peer is told. Errors: not_found.
  result<void> cancel(std::uint64_t number, const error& reason = {errc::canceled, "canceled here", {}});
  // Ends every transfer of a session (session_revoked) and forgets what its token allowed.
  void end_session(const mesh::session_id& session, const error& reason);

  // What all transfers, or those with one device, may move in a second; changes hold at once.
  rate_limits& rates() noexcept { return rates_; }
  // The same for one of them. Errors: not_found.
  result<void> limit(std::uint64_t number, std::optional<std::uint64_t> rate);

  // Without a server for too long: bytes of this session stop moving, until it is resumed.
  void pause_session(const mesh::session_id& session, bool on);

  // To be called every limits::transfer_tick while !empty(): deadlines, stalls, rate limits, progress.
  void tick();
  bool empty() const noexcept { return running_.empty() && dismissed_.empty(); }
  std::vector<progress> list() const;

 private:
  result<void> room_to_send(p2p::byte_stream& stream) const;
  result<void> room_to_receive(const mesh::device_id& from) const;
  void dismiss(std::unique_ptr<p2p::byte_stream> stream, const error& reason);
  transfer_info new_info(direction way, const mesh::session_id& session, const peer_identity& peer);
  template <class Transfer, class... Initial>
  std::uint64_t begin(std::unique_ptr<Transfer> entry, Initial... initial);
  transfer_owner owner(const transfer_info& of);
  void supersede(const transfer_info& now);
  // All when no session is named.
  std::vector<running_transfer*> of_session(const std::optional<mesh::session_id>& session) const;
  void retire(std::uint64_t number);
  template <class Transfer>
  result<std::uint64_t> receive_as(std::unique_ptr<p2p::byte_stream> stream, bytes_view initial,
                                   receive_request request);

  runtime runtime_;
  transfer_observer& observer_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, std::unique_ptr<running_transfer>> running_;
  std::map<mesh::session_id, std::shared_ptr<session_quota>> quotas_;
  rate_limits rates_;
  std::shared_ptr<manifest_budget> manifests_;
  openings dismissed_;                                     // streams that there was no room for
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // expires with the table: posted work checks it
};

}  // namespace mesh::share
