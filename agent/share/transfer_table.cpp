#include "agent/share/transfer_table.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/share/receiving_folder.hpp"
#include "agent/share/receiving_transfer.hpp"
#include "agent/share/safe_name.hpp"
#include "agent/share/sending_folder.hpp"
#include "agent/share/sending_transfer.hpp"
#include "agent/share/utf8.hpp"
#include "core/base/limits.hpp"
#include "core/crypto/random.hpp"

#include <algorithm>
#include <ranges>

namespace mesh::share {
namespace {

// Of limits::transfers_running_max that are received: more than an honest sender offers at once, and four
// that do no more than offer still leave room for others.
constexpr std::size_t received_of_device_max = 48;
// Refused streams whose senders are told why; more are reset, as what goes on later.
constexpr std::size_t dismissed_max = 64;

std::string id_or_new(std::string id) {
  return id.empty() ? to_crockford(crypto::random_bytes<16>()) : id;
}

}  // namespace

transfer_table::transfer_table(runtime rt, transfer_observer& observer, std::size_t manifest_bytes_max)
    : runtime_(std::move(rt)),
      observer_(observer),
      manifests_(std::make_shared<manifest_budget>(manifest_bytes_max)),
      dismissed_(runtime_) {}

transfer_table::~transfer_table() {
  alive_.reset();
  for (auto& entry : running_ | std::views::values)
    if (!entry->over()) entry->abandon(p2p::close_code::canceled);
}

result<void> transfer_table::room_to_send(p2p::byte_stream& stream) const {
  const auto sent = std::ranges::count_if(running_ | std::views::values, [](const auto& entry) {
    return entry->info().way == direction::sending;
  });
  if (static_cast<std::size_t>(sent) < limits::transfers_running_max) return {};
  stream.reset(p2p::close_code::denied);
  return fail(errc::busy, "too many files are under way");
}

result<void> transfer_table::room_to_receive(const mesh::device_id& from) const {
  std::size_t received = 0;
  std::size_t of_device = 0;
  for (const auto& entry : running_ | std::views::values) {
    if (entry->info().way != direction::receiving) continue;
    ++received;
    of_device += entry->info().peer.device == from ? 1 : 0;
  }
  if (received < limits::transfers_running_max && of_device < received_of_device_max) return {};
  return fail(errc::busy, "too many files are under way");
}

void transfer_table::dismiss(std::unique_ptr<p2p::byte_stream> stream, const error& reason) {
  if (dismissed_.size() >= dismissed_max) return stream->reset(p2p::close_code::interrupted);
  dismissed_.dismiss(std::move(stream), wire::file_reject{std::string(word(reason.code)), reason.detail});
}

transfer_info transfer_table::new_info(direction way, const mesh::session_id& session,
                                       const peer_identity& peer) {
  return {++last_number_, {}, way, session, peer, {}, 0, {}, false};
}

transfer_owner transfer_table::owner(const transfer_info& of) {
  return {runtime_,
          observer_,
          [this](std::uint64_t n) { retire(n); },
          [this](const transfer_info& info) { supersede(info); },
          rates_.of(of.way, of.session, of.peer.device),
          manifests_};
}

// Its connection is dead without our knowing, and it holds the part that the new one wants to go on with.
void transfer_table::supersede(const transfer_info& now) {
  for (auto* const entry : of_session({})) {
    const auto& before = entry->info();
    if (before.number == now.number || before.way != now.way || before.transfer_id != now.transfer_id ||
        before.peer.user != now.peer.user || before.peer.device != now.peer.device || entry->over())
      continue;
    entry->cancel({errc::connection_lost, "the sender began anew", {}});
  }
}

template <class Transfer, class... Initial>
std::uint64_t transfer_table::begin(std::unique_ptr<Transfer> entry, Initial... initial) {
  auto& started = *entry;
  const auto number = started.info().number;
  running_.emplace(number, std::move(entry));
  started.start(initial...);
  return number;
}

result<std::uint64_t> transfer_table::send(std::unique_ptr<p2p::byte_stream> stream, send_request request) {
  if (auto room = room_to_send(*stream); !room) return pass(room);
  auto info = new_info(direction::sending, request.session, request.peer);
  info.transfer_id = id_or_new(std::move(request.transfer_id));
  // What is no UTF-8 in a name grows where it is made well-formed.
  const auto name =
      offered_name(request.name.empty() ? request.source.path().filename().string() : request.name);
  info.name = cut_utf8(name, limits::file_name_bytes_max);
  info.size = request.source.size();
  info.text = request.text;
  const auto shared = owner(info);
  auto entry = std::make_unique<sending_transfer>(std::move(stream), std::move(info), shared,
                                                  std::move(request.source), request.xattrs);
  entry->limit(request.rate);
  return begin(std::move(entry));
}

result<std::uint64_t> transfer_table::send_folder(std::unique_ptr<p2p::byte_stream> stream,
                                                  send_folder_request request) {
  if (auto room = room_to_send(*stream); !room) return pass(room);
  auto info = new_info(direction::sending, request.session, request.peer);
  info.transfer_id = id_or_new(std::move(request.transfer_id));
  info.name = request.source->name;
  info.size = request.source->size;
  info.files = request.source->files;
  const auto shared = owner(info);
  auto entry = std::make_unique<sending_folder>(std::move(stream), std::move(info), shared,
                                                std::move(request.source), request.xattrs);
  entry->limit(request.rate);
  return begin(std::move(entry));
}

result<std::uint64_t> transfer_table::receive(std::unique_ptr<p2p::byte_stream> stream, bytes_view initial,
                                              receive_request request) {
  return receive_as<receiving_transfer>(std::move(stream), initial, std::move(request));
}

result<std::uint64_t> transfer_table::receive_folder(std::unique_ptr<p2p::byte_stream> stream,
                                                     bytes_view initial, receive_request request) {
  return receive_as<receiving_folder>(std::move(stream), initial, std::move(request));
}

template <class Transfer>
result<std::uint64_t> transfer_table::receive_as(std::unique_ptr<p2p::byte_stream> stream, bytes_view initial,
                                                 receive_request request) {
  if (auto room = room_to_receive(request.peer.device); !room) {
    stream->consume(initial.size());
    dismiss(std::move(stream), room.error());
    return pass(room);
  }
  auto info = new_info(direction::receiving, request.session, request.peer);
  auto& quota = quotas_[request.session];
  if (!quota) quota = std::make_shared<session_quota>(request.limits);
  rates_.limit_session(request.session, request.limits.max_rate);
  const auto shared = owner(info);
  auto entry =
      std::make_unique<Transfer>(std::move(stream), std::move(info), shared, std::move(request), quota);
  return begin(std::move(entry), initial);
}

result<void> transfer_table::answer(std::uint64_t number, bool accept) {
  const auto found = running_.find(number);
  if (found == running_.end()) return fail(errc::not_found, "no such transfer");
  return found->second->answer(accept);
}

result<void> transfer_table::cancel(std::uint64_t number, const error& reason) {
  const auto found = running_.find(number);
  if (found == running_.end() || found->second->over()) return fail(errc::not_found, "no such transfer");
  found->second->stop_for_good(reason);
  return {};
}

bool transfer_table::is_too_late(std::uint64_t number) const {
  const auto found = running_.find(number);
  return found != running_.end() && found->second->too_late();
}

result<void> transfer_table::limit(std::uint64_t number, std::optional<std::uint64_t> rate) {
  const auto found = running_.find(number);
  if (found == running_.end() || found->second->over()) return fail(errc::not_found, "no such transfer");
  found->second->limit(rate);
  return {};
}

// A copy: an observer's call may start or end transfers meanwhile. None is destroyed, that happens later.
std::vector<running_transfer*> transfer_table::of_session(
    const std::optional<mesh::session_id>& session) const {
  std::vector<running_transfer*> out;
  for (const auto& entry : running_ | std::views::values)
    if (!session || entry->info().session == *session) out.push_back(entry.get());
  return out;
}

void transfer_table::end_session(const mesh::session_id& session, const error& reason) {
  for (auto* const entry : of_session(session))
    if (!entry->over()) entry->cancel(reason);
  quotas_.erase(session);
  rates_.forget_session(session);
}

void transfer_table::pause_session(const mesh::session_id& session, bool on) {
  for (auto* const entry : of_session(session)) entry->pause(on);
}

void transfer_table::tick() {
  std::vector<running_transfer*> all;
  for (const auto& entry : running_ | std::views::values) all.push_back(entry.get());
  for (auto* const entry : all) entry->tick();
  dismissed_.tick();
}

std::vector<progress> transfer_table::list() const {
  std::vector<progress> out;
  for (const auto& entry : running_ | std::views::values)
    if (!entry->over()) out.push_back(entry->snapshot());
  return out;
}

// Later, because the transfer itself is what calls.
void transfer_table::retire(std::uint64_t number) {
  runtime_.post([this, alive = std::weak_ptr<int>(alive_), number] {
    if (!alive.expired()) running_.erase(number);
  });
}

}  // namespace mesh::share
