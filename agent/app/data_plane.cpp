#include "agent/app/data_plane.hpp"

#include "agent/app/plane_reports.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/p2p_node.hpp"
#include "agent/share/directory_sink.hpp"
#include "agent/share/file_source.hpp"
#include "agent/share/transfer_table.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/io/condition.hpp"
#include "core/io/pool.hpp"
#include "core/io/task_group.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr std::string_view module = "share";
// fsync of received files; one disk gains nothing from more.
constexpr std::size_t disk_threads = 1;

share::receive_mode mode_of(config::receive_mode mode) {
  switch (mode) {
    case config::receive_mode::ask:
      return share::receive_mode::ask;
    case config::receive_mode::auto_:
      return share::receive_mode::automatic;
    case config::receive_mode::never:
      return share::receive_mode::never;
  }
  return share::receive_mode::ask;
}

capability::keyring keyring_of(const std::vector<wire::signing_key_info>& keys) {
  capability::keyring out;
  for (const auto& k : keys) {
    const auto der = from_base64url(k.public_key);
    const auto key = crypto::public_key::from_spki(der.value_or(bytes()));
    if (key)
      out.add(*key);
    else
      log::warn("p2p", "the server's signing key {} is not understood", k.kid);
  }
  return out;
}

std::string id_of(std::uint64_t number) {
  return fmt::format("{}", number);
}

transfer_record record_of(const share::transfer_info& info, transfer_state state) {
  transfer_record r;
  r.transfer_id = id_of(info.number);
  r.direction = info.way == share::direction::sending ? transfer_direction::out : transfer_direction::in;
  r.state = state;
  r.name = info.name;
  r.size = info.size;
  r.session_id = info.session.str();
  r.device_id = info.peer.device.str();
  r.username = info.peer.user.str();
  r.started_at = format_rfc3339(wall_now());
  return r;
}

}  // namespace

struct data_plane::parts final : p2p::node_observer, share::transfer_observer {
  parts(io::loop& loop, const home& o, const config::agent_config& c);

  result<std::unique_ptr<quic::p2p_node>> start(std::uint16_t port);
  void receive_file(const p2p::session_info& session, std::unique_ptr<p2p::byte_stream> stream,
                    bytes_view initial);
  result<void> announce(const wire::event& e);
  std::filesystem::path folder() const;
  wall_time server_now() const { return wall_now() + clock_offset; }
  io::task<> tick();

  // p2p::node_observer
  void on_session_open(const p2p::session_info&) override {}
  void on_stream(const p2p::session_info& session, std::string_view purpose,
                 std::unique_ptr<p2p::byte_stream> stream, bytes_view initial) override;
  void on_session_paused(const p2p::session_info& session) override {
    transfers.pause_session(session.id(), true);
  }
  void on_session_resumed(const p2p::session_info& session) override {
    transfers.pause_session(session.id(), false);
  }
  void on_renewal_due(const p2p::session_info& session) override {
    if (renewal_due) renewal_due(session.id().str());
  }
  void on_session_closed(const p2p::session_info& session, const error& reason) override {
    transfers.end_session(session.id(), reason);
    peers.erase(session.id().str());
  }

  // share::transfer_observer
  void on_question(const share::transfer_info& info, wall_time deadline) override;
  void on_started(const share::transfer_info& info) override;
  void on_progress(const share::progress& now) override;
  void on_finished(const share::transfer_info& info, const result<share::transfer_summary>& outcome) override;

  io::executor on;
  const home& own;
  const config::agent_config& config;
  io::pool disk;
  transfer_book book;
  io::condition changed;  // something in the book
  share::transfer_table transfers;
  std::unique_ptr<quic::p2p_node> node;
  io::task_group tasks;
  capability::keyring keys;
  std::chrono::milliseconds clock_offset{0};
  std::optional<receive_override> receiving;
  std::function<void(const std::string&)> renewal_due;
  std::map<std::string, wire::p2p_session_created> peers;  // what the server said of a session
};

namespace {

share::runtime runtime_on(const io::executor& on, io::pool& disk) {
  share::runtime rt;
  rt.now = [] { return steady_now(); };
  rt.post = [on](std::move_only_function<void()> work) { io::post(on, std::move(work)); };
  rt.offload = [on, &disk](std::move_only_function<void()> job, std::move_only_function<void()> then) {
    // Shared by both ways: the queue takes the work, or it is done here and now.
    struct pair {
      std::move_only_function<void()> job, then;
    };
    const auto both = std::make_shared<pair>(std::move(job), std::move(then));
    const auto work = [on, both] {
      both->job();
      io::post(on, [both] { both->then(); });
    };
    if (!disk.submit(work)) work();
  };
  return rt;
}

}  // namespace

data_plane::parts::parts(io::loop& loop, const home& o, const config::agent_config& c)
    : on(loop.get_executor()),
      own(o),
      config(c),
      disk("mesh-disk", disk_threads, limits::transfers_running_max),
      changed(on),
      transfers(runtime_on(on, disk), *this),
      tasks(on, std::string(module)) {
  book.listen([this](transfer_change, const transfer_record&) { changed.notify(); });
}

result<std::unique_ptr<quic::p2p_node>> data_plane::parts::start(std::uint16_t port) {
  p2p::node_config settings{
      .device = device_id(own.device_id),
      .key_sha256 = own.key.verifier().fingerprint(),
      .server_now = [this] { return server_now(); },
      .replay = restore_replay_guard(own),
      .save_replay = [this](const std::string& text) { return save_replay_guard(own.dir, text); }};
  return quic::p2p_node::start(on, own.key, {port, false, std::move(settings)}, *this);
}

data_plane::data_plane(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
data_plane::~data_plane() = default;

result<std::unique_ptr<data_plane>> data_plane::open(io::loop& loop, const home& own,
                                                     const config::agent_config& config) {
  auto p = std::make_unique<parts>(loop, own, config);
  const auto remembered = remembered_port(own.dir);
  auto node = p->start(config.quic_port.value_or(remembered.value_or(0)));
  // The port of last time may be taken; one that a person chose is not replaced in silence.
  if (!node && node.error().code == errc::port_in_use && !config.quic_port && remembered) node = p->start(0);
  if (!node) return pass(node);
  p->node = std::move(*node);
  if (!config.quic_port) remember_port(own.dir, p->node->port());
  p->tasks.spawn("tick", p->tick());
  return std::unique_ptr<data_plane>(new data_plane(std::move(p)));
}

io::task<> data_plane::parts::tick() {
  while (true) {
    while (transfers.empty()) co_await changed.wait();
    co_await io::sleep_for(limits::transfer_tick);
    transfers.tick();
  }
}

std::uint16_t data_plane::port() const {
  return parts_->node->port();
}

void data_plane::trust(const std::vector<wire::signing_key_info>& keys,
                       std::chrono::milliseconds clock_offset) {
  parts_->clock_offset = clock_offset;
  parts_->keys = keyring_of(keys);
  parts_->node->set_keys(parts_->keys);
}

// -- what the server says

bool data_plane::take_event(const wire::event& e) {
  if (e.type == "p2p.session.created") {
    if (const auto done = parts_->announce(e); !done)
      log::warn("p2p", "a session of the server is not usable: {} ({})", word(done.error().code),
                done.error().detail);
  } else if (e.type == "p2p.session.renewed") {
    const auto renewed = wire::payload_of<wire::p2p_session_renewed>(e);
    const auto done = renewed ? parts_->node->renew(renewed->session_id, renewed->session_token)
                              : result<void>(std::unexpected(renewed.error()));
    if (!done) log::warn("p2p", "a renewal is not usable: {}", word(done.error().code));
  } else if (e.type == "p2p.session.revoked") {
    const auto revoked = wire::payload_of<wire::p2p_session_revoked>(e);
    if (revoked) parts_->node->revoke_session(revoked->session_id, revoked->reason);
  } else {
    return false;
  }
  return true;
}

result<void> data_plane::parts::announce(const wire::event& e) {
  auto created = wire::payload_of<wire::p2p_session_created>(e);
  if (!created) return pass(created);
  auto session = p2p::announced_by_event(*created);
  if (!session) return pass(session);
  node->announce_session(std::move(*session));
  wipe(created->session_token);
  while (peers.size() >= limits::sessions_cached_max) peers.erase(peers.begin());
  peers.insert_or_assign(created->session_id.str(), std::move(*created));
  return {};
}

void data_plane::end_all(const error& reason) {
  for (const auto& session : parts_->node->sessions())
    parts_->node->revoke_session(session.id(), word(reason.code));
}

void data_plane::on_renewal_due(std::function<void(const std::string& session_id)> call) {
  parts_->renewal_due = std::move(call);
}

// -- sending

io::task<result<void>> data_plane::connect(outgoing_session session) {
  auto& p = *parts_;
  const mesh::session_id id(session.session_id);
  const auto known = p.peers.find(session.session_id);
  if (session.and_candidates && known != p.peers.end())
    for (const auto& c : known->second.candidates) session.addresses.push_back({c.ip, c.port});
  std::vector<p2p::udp_address> addresses;
  for (const auto& a : session.addresses) {
    auto address = p2p::make_udp_address(a.ip, a.port);
    if (!address) co_return pass(address);
    if (std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
  if (addresses.empty()) co_return fail(errc::timed_out, "the server knows no address of the other machine");
  // The server usually told us of this session already; a token that a person gives may still be another one.
  const auto* told = p.node->cache().find(id, p.server_now());
  if (told == nullptr || told->token.reveal() != session.token.reveal()) {
    auto announced = p2p::announced_by_token(std::move(session.token), p.keys, id, device_id(p.own.device_id),
                                             p.own.key.verifier().fingerprint(), p.server_now());
    if (!announced) co_return pass(announced);
    p.node->announce_session(std::move(*announced));
  }
  auto open = co_await p.node->connect(id, std::move(addresses));
  if (!open) co_return pass(open);
  co_return result<void>();
}

result<std::string> data_plane::send(const std::string& session_id, const std::filesystem::path& file) {
  auto& p = *parts_;
  auto source = share::file_source::open(file);
  if (!source) return pass(source);
  const mesh::session_id id(session_id);
  for (const auto& session : p.node->sessions()) {
    if (session.id() != id) continue;
    if (!session.sends()) return fail(errc::capability_denied, "this session is for receiving");
    auto stream = p.node->open_stream(id, "file");
    if (!stream) return pass(stream);
    const auto number = p.transfers.send(
        std::move(*stream), {id, {session.peer().peer_id, session.peer().device_id}, std::move(*source), {}});
    // The table tells of a beginning only once the other side agreed.
    if (!number) return std::unexpected(number.error());
    if (p.book.find(id_of(*number)) == nullptr)
      for (const auto& now : p.transfers.list())
        if (now.info.number == *number)
          p.book.add(record_of(now.info, transfer_state::waiting), steady_now());
    p.changed.notify();
    return id_of(*number);
  }
  return fail(errc::session_unknown, session_id);
}

io::task<result<transfer_record>> data_plane::finished(std::string transfer_id) {
  while (true) {
    const auto* record = parts_->book.find(transfer_id);
    if (record == nullptr) co_return fail(errc::internal, "the transfer was forgotten");
    if (record->state == transfer_state::done) co_return *record;
    if (record->state == transfer_state::failed)
      co_return fail(code_of(record->code.value_or("internal")), record->message.value_or(""));
    co_await parts_->changed.wait();
  }
}

io::task<bool> data_plane::started_within(std::string transfer_id, std::chrono::milliseconds patience) {
  const auto end = steady_now() + patience;
  while (true) {
    const auto* record = parts_->book.find(transfer_id);
    if (record == nullptr || record->state != transfer_state::waiting) co_return true;
    const auto left = end - steady_now();
    if (left <= std::chrono::seconds(0) || !co_await parts_->changed.wait_for(left)) co_return false;
  }
}

void data_plane::cancel(const std::string& transfer_id) {
  for (const auto& now : parts_->transfers.list())
    if (id_of(now.info.number) == transfer_id) (void)parts_->transfers.cancel(now.info.number);
}

void data_plane::close_session(const std::string& session_id) {
  parts_->node->close_session(mesh::session_id(session_id));
}

// -- receiving

std::filesystem::path data_plane::parts::folder() const {
  return receiving && !receiving->folder.empty() ? receiving->folder : config.download_dir;
}

void data_plane::parts::on_stream(const p2p::session_info& session, std::string_view purpose,
                                  std::unique_ptr<p2p::byte_stream> stream, bytes_view initial) {
  if (purpose == "file" && !session.sends()) return receive_file(session, std::move(stream), initial);
  log::warn(module, "a stream for \"{}\" is refused", purpose);
  stream->reset(p2p::close_code::denied);
}

void data_plane::parts::receive_file(const p2p::session_info& session,
                                     std::unique_ptr<p2p::byte_stream> stream, bytes_view initial) {
  const auto& claims = session.claims;
  share::receive_request request;
  request.session = session.id();
  request.peer = {session.peer().peer_id, session.peer().device_id};
  request.standing = {session.peer().peer_id == session.self().peer_id,
                      claims.initiator.peer_id == session.self().peer_id};
  request.mode = mode_of(receiving && receiving->mode ? *receiving->mode : config.receive);
  request.limits = {claims.max_size, claims.max_rate};
  request.make_sink = [this](const share::transfer_info&) { return share::make_directory_sink(folder()); };
  if (const auto begun = transfers.receive(std::move(stream), initial, std::move(request)); !begun)
    log::warn(module, "a file was refused: {}", begun.error().detail);
  changed.notify();
}

void data_plane::set_receiving(std::optional<receive_override> wanted) {
  parts_->receiving = std::move(wanted);
}

result<void> data_plane::answer(const std::string& transfer_id, bool accept) {
  for (const auto& now : parts_->transfers.list())
    if (id_of(now.info.number) == transfer_id) return parts_->transfers.answer(now.info.number, accept);
  return fail(errc::not_found, fmt::format("no file waits under {}", transfer_id), "transfer_id");
}

// -- what the transfers say

void data_plane::parts::on_question(const share::transfer_info& info, wall_time) {
  auto record = record_of(info, transfer_state::waiting);
  if (const auto known = peers.find(info.session.str()); known != peers.end())
    record.username = known->second.peer.username;
  book.add(std::move(record), steady_now());
  if (receiving && receiving->refuse_questions) (void)transfers.answer(info.number, false);
}

void data_plane::parts::on_started(const share::transfer_info& info) {
  const auto id = id_of(info.number);
  if (book.find(id) != nullptr) return book.start(id, steady_now());
  auto record = record_of(info, transfer_state::running);
  if (const auto known = peers.find(info.session.str()); known != peers.end())
    record.username = known->second.peer.username;
  book.add(std::move(record), steady_now());
}

void data_plane::parts::on_progress(const share::progress& now) {
  std::optional<std::int64_t> eta;
  if (now.eta) eta = now.eta->count();
  book.progress(id_of(now.info.number), now.done, now.rate, eta, steady_now());
}

void data_plane::parts::on_finished(const share::transfer_info& info,
                                    const result<share::transfer_summary>& outcome) {
  const auto id = id_of(info.number);
  const bool sending = info.way == share::direction::sending;
  if (book.find(id) == nullptr) book.add(record_of(info, transfer_state::running), steady_now());
  if (!outcome) return book.fail(id, outcome.error(), steady_now());
  book.succeed(id, outcome->hash, sending ? outcome->name : outcome->path, steady_now());
}

// -- reports

transfer_book& data_plane::book() {
  return parts_->book;
}

void data_plane::describe(status_report& into) const {
  into.quic_port = port();
  into.sessions = static_cast<std::int64_t>(parts_->node->sessions().size());
  into.transfers_running = static_cast<std::int64_t>(parts_->book.count(transfer_state::running));
  into.transfers_waiting = static_cast<std::int64_t>(parts_->book.count(transfer_state::waiting));
}

wire::json_object data_plane::quic_stats() const {
  return report_connections(parts_->node->stats());
}

wire::json_object data_plane::session_cache() const {
  return report_sessions(parts_->node->cache(), parts_->node->sessions(), parts_->server_now());
}

io::task<> data_plane::close() {
  for (const auto& now : parts_->transfers.list()) (void)parts_->transfers.cancel(now.info.number);
  // What was just written to streams and connections leaves before the sockets close.
  co_await io::yield();
  co_await parts_->tasks.stop();
  for (const auto& session : parts_->node->sessions()) parts_->node->close_session(session.id());
  co_await io::yield();
}

}  // namespace mesh::app
