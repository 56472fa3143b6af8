#include "agent/app/data_plane.hpp"

#include "agent/app/fetching.hpp"
#include "agent/app/plane_reports.hpp"
#include "agent/app/share_runtime.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/ping.hpp"
#include "agent/share/file_source.hpp"
#include "agent/share/transfer_table.hpp"
#include "agent/share/zip_source.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/io/pool.hpp"
#include "core/io/task_group.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr std::string_view module = "share";
// For the file of a transfer that was let in to be made.
constexpr auto opening_patience = std::chrono::seconds(10);

}  // namespace

struct data_plane::parts final : p2p::node_observer {
  parts(io::loop& loop, const home& o, const config::agent_config& c, std::shared_ptr<p2p::known_peers> k);

  io::task<> tick();
  std::optional<share::progress> running(std::uint64_t number) const;
  // As the book knows it; nullopt when it has ended.
  std::optional<std::uint64_t> number_of(const std::string& transfer_id) const;
  result<std::uint64_t> begin(const std::string& session_id, share::file_source source,
                              std::string transfer_id, sending_options how);

  // p2p::node_observer
  // Both sides keep it: a receiver alone could only hold back what the window has not let through yet.
  void on_session_open(const p2p::session_info& session) override {
    transfers.rates().limit_session(session.id(), session.claims.max_rate);
  }
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
    if (terminals.closed) terminals.closed(session.id(), reason);
    peers.remove(session.id().str());
  }

  io::executor on;
  const std::string_view congestion_control;  // of every connection: decisions/0008
  const home& own;
  disk_pools disk;
  receiving_rules receiving;
  announced_peers peers;
  transfer_list list;
  share::transfer_table transfers;
  fetching gets;
  p2p::ping_echoes pings;
  plane_sessions sessions;
  io::task_group tasks;
  std::function<void(const std::string&)> renewal_due;
  terminal_calls terminals;
  std::function<void()> rotated;  // the certificates for browsers
  collector collected;
};

data_plane::parts::parts(io::loop& loop, const home& o, const config::agent_config& c,
                         std::shared_ptr<p2p::known_peers> k)
    : on(loop.get_executor()),
      congestion_control(c.cc == config::congestion_mode::cubic ? "cubic" : "bbr"),
      own(o),
      receiving(c, o.dir),
      list(on, o.dir, disk.syncing, peers,
           {[this](std::uint64_t number) { return running(number); },
            [this](std::uint64_t number) {
              if (receiving.refuses_questions()) (void)transfers.answer(number, false);
            },
            [this](std::uint64_t number) { (void)transfers.cancel(number); },
            [this](std::uint64_t number, std::uint64_t rate) { (void)transfers.limit(number, rate); }}),
      transfers(share_runtime(on, disk), list.recorder()),
      gets(share_runtime(on, disk), transfers, receiving, list.recorder(),
           {[this] { list.watch().notify(); },
            [this](const mesh::session_id& id) { return sessions.find(id.str()).has_value(); },
            [this](const p2p::session_info& session, const std::string& id,
                   std::unique_ptr<p2p::byte_stream>& stream) -> result<void> {
              if (!collected || !session.sends()) return fail(errc::get_refused, "nothing is offered here");
              return collected(session, id, stream);
            }}),
      pings([executor = on](std::move_only_function<void()> work) { io::post(executor, std::move(work)); }),
      sessions(on, o, peers, std::move(k)),
      tasks(on, std::string(module)) {
  receiving.on_text([this](std::uint64_t number, std::string text) {
    list.book().set_text(list.recorder().id_of(number), std::move(text));
  });
  receiving.set_expected([this](const auto& user, const auto& device, const auto& transfer_id) {
    return list.recorder().expects(user, device, transfer_id);
  });
}

data_plane::data_plane(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
data_plane::~data_plane() = default;

result<std::unique_ptr<data_plane>> data_plane::open(io::loop& loop, const home& own,
                                                     const config::agent_config& config,
                                                     std::shared_ptr<p2p::known_peers> known) {
  auto p = std::make_unique<parts>(loop, own, config, std::move(known));
  if (auto started = p->sessions.start(config, *p,
                                       [raw = p.get()] {
                                         if (raw->rotated) raw->rotated();
                                       });
      !started)
    return pass(started);
  p->tasks.spawn("tick", p->tick());
  p->tasks.spawn("history", p->list.keep());
  return std::unique_ptr<data_plane>(new data_plane(std::move(p)));
}

io::task<> data_plane::parts::tick() {
  while (true) {
    while (transfers.empty() && gets.empty()) co_await list.watch().changed();
    co_await io::sleep_for(limits::transfer_tick);
    transfers.tick();
    gets.tick();
  }
}

std::optional<share::progress> data_plane::parts::running(std::uint64_t number) const {
  for (auto& now : transfers.list())
    if (now.info.number == number) return std::move(now);
  return std::nullopt;
}

std::optional<std::uint64_t> data_plane::parts::number_of(const std::string& transfer_id) const {
  for (const auto& now : transfers.list())
    if (list.recorder().id_of(now.info.number) == transfer_id) return now.info.number;
  return std::nullopt;
}

void data_plane::on_rotation(std::function<void()> call) {
  parts_->rotated = std::move(call);
}

void data_plane::on_renewal_due(std::function<void(const std::string& session_id)> call) {
  parts_->renewal_due = std::move(call);
}

// -- sending

result<std::uint64_t> data_plane::parts::begin(const std::string& session_id, share::file_source source,
                                               std::string transfer_id, sending_options how) {
  auto open = sessions.open(session_id, "file");
  if (!open) return pass(open);
  return transfers.send(std::move(open->stream), {.session = mesh::session_id(session_id),
                                                  .peer = open->peer,
                                                  .source = std::move(source),
                                                  .name = {},
                                                  .transfer_id = std::move(transfer_id),
                                                  .rate = how.rate,
                                                  .text = how.text,
                                                  .xattrs = how.xattrs});
}

result<std::uint64_t> data_plane::send_folder(const std::string& session_id,
                                              std::shared_ptr<const share::source_tree> source,
                                              std::string transfer_id, transfer_watch watch,
                                              sending_options how) {
  auto& p = *parts_;
  auto open = p.sessions.open(session_id, "folder");
  if (!open) return pass(open);
  const auto number = p.transfers.send_folder(std::move(open->stream),
                                              {mesh::session_id(session_id), open->peer, std::move(source),
                                               std::move(transfer_id), how.rate, how.xattrs});
  if (!number) return number;
  p.list.recorder().follow(*number, std::move(watch));
  p.list.watch().notify();
  return number;
}

io::task<result<share::source_tree>> data_plane::scan(std::filesystem::path folder,
                                                      share::ignore_files patterns) {
  co_return co_await parts_->disk.reading.run(
      [&folder, patterns] { return share::scan_tree(folder, patterns); });
}

io::task<result<data_plane::zipped>> data_plane::zip(std::filesystem::path folder,
                                                     share::ignore_files patterns) {
  co_return co_await parts_->disk.reading.run([&folder, patterns]() -> result<zipped> {
    auto tree = share::scan_tree(folder, patterns);
    if (!tree) return pass(tree);
    const auto shown = tree->dir.path().parent_path() / (tree->name + ".zip");
    auto made = share::zip_source::make(std::make_shared<const share::source_tree>(std::move(*tree)));
    if (!made) return pass(made);
    auto left_out = (*made)->left_out();
    auto source = share::file_source::of(std::move(*made), shown);
    return zipped{std::move(source), std::move(left_out)};
  });
}

result<std::string> data_plane::send(const std::string& session_id, const std::filesystem::path& file,
                                     std::optional<std::uint64_t> rate) {
  auto& p = *parts_;
  auto source = share::file_source::open(file);
  if (!source) return pass(source);
  const auto number = p.begin(session_id, std::move(*source), {}, {.rate = rate});
  if (!number) return std::unexpected(number.error());
  // The table tells of a beginning only once the other side agreed.
  if (const auto now = p.running(*number)) p.list.recorder().add_waiting(now->info);
  p.list.book().limit(p.list.recorder().id_of(*number), rate);
  p.list.watch().notify();
  return p.list.recorder().id_of(*number);
}

result<std::uint64_t> data_plane::send(const std::string& session_id, share::file_source source,
                                       std::string transfer_id, transfer_watch watch, sending_options how) {
  const auto number = parts_->begin(session_id, std::move(source), std::move(transfer_id), how);
  if (!number) return number;
  parts_->list.recorder().follow(*number, std::move(watch));
  parts_->list.watch().notify();
  return number;
}

void data_plane::stop(std::uint64_t number, const error& reason) {
  (void)parts_->transfers.cancel(number, reason);
}

result<void> data_plane::cancel(const std::string& transfer_id) {
  const auto number = parts_->number_of(transfer_id);
  if (number && parts_->transfers.is_too_late(*number)) return fail(errc::conflict, "it has just arrived");
  parts_->list.recorder().call_off(transfer_id);
  if (number) (void)parts_->transfers.cancel(*number);
  return {};
}

void data_plane::limit(std::uint64_t number, std::optional<std::uint64_t> rate) {
  (void)parts_->transfers.limit(number, rate);
}

result<void> data_plane::limit(const std::string& transfer_id, std::optional<std::uint64_t> rate) {
  const auto number = parts_->number_of(transfer_id);
  const auto* record = parts_->list.book().find(transfer_id);
  if (!number && (record == nullptr || !interrupted(*record)))
    return fail(errc::conflict, "it has ended", "transfer_id");
  parts_->list.book().limit(transfer_id, rate);
  if (!number) return {};  // it will hold when it goes on
  return parts_->transfers.limit(*number, rate);
}

share::rate_limits& data_plane::rates() {
  return parts_->transfers.rates();
}

// -- terminals

result<terminal_stream> data_plane::open_terminal(const std::string& session_id) {
  const auto session = parts_->sessions.find(session_id);
  if (!session) return fail(errc::session_unknown, session_id);
  auto stream = parts_->sessions.node().open_stream(session->id(), "terminal");
  if (!stream) return pass(stream);
  return terminal_stream{*session, parts_->peers.username(session_id), std::move(*stream), {}};
}

void data_plane::on_terminals(terminal_calls calls) {
  parts_->terminals = std::move(calls);
}

// -- receiving

void data_plane::parts::on_stream(const p2p::session_info& session, std::string_view purpose,
                                  std::unique_ptr<p2p::byte_stream> stream, bytes_view initial) {
  if (purpose == "ping") return pings.serve(std::move(stream), initial);
  if (purpose == "terminal" && terminals.stream)
    return terminals.stream(
        {session, peers.username(session.id().str()), std::move(stream), to_bytes(initial)});
  if (purpose == "get") return gets.serve(session, std::move(stream), initial);
  const bool folder = purpose == "folder";
  if ((purpose != "file" && !folder) || session.sends()) {
    log::warn(module, "a stream for \"{}\" is refused", purpose);
    stream->reset(p2p::close_code::denied);
    return;
  }
  auto request = receiving.request_for(session);
  const auto begun = folder ? transfers.receive_folder(std::move(stream), initial, std::move(request))
                            : transfers.receive(std::move(stream), initial, std::move(request));
  if (!begun) log::warn(module, "a {} was refused: {}", purpose, begun.error().detail);
  list.watch().notify();
}

std::uint64_t data_plane::begin_receiving(receive_override wanted) {
  return parts_->receiving.begin(std::move(wanted));
}

void data_plane::end_receiving(std::uint64_t number) {
  parts_->receiving.end(number);
}

void data_plane::begin_no_more(std::uint64_t number) {
  parts_->receiving.begin_no_more(number);
}

std::uint64_t data_plane::receiving() const {
  return parts_->receiving.in_force();
}

std::uint64_t data_plane::taker_of(const std::string& transfer_id) const {
  const auto origin = parts_->list.recorder().origin_of_record(transfer_id);
  return origin ? parts_->receiving.taker_of(*origin) : receiving();
}

bool data_plane::takes_still(std::uint64_t number) const {
  const auto comes = [&](const transfer_record* record) {
    const bool open = record->state == transfer_state::running || record->state == transfer_state::waiting;
    return open && record->direction == transfer_direction::in && taker_of(record->transfer_id) == number;
  };
  if (std::ranges::any_of(parts_->list.book().all(), comes)) return true;
  // While its file is made, a transfer is in no list; one that is in none for long was forgotten there.
  const auto lately = parts_->receiving.taken_since(number, steady_now() - opening_patience);
  return std::ranges::any_of(lately,
                             [this](const auto& of) { return !parts_->list.recorder().has_record(of); });
}

void data_plane::set_rules(receive_rules rules) {
  parts_->gets.set_rules(rules);
  parts_->receiving.set_standing(std::move(rules));
}

result<void> data_plane::answer(const std::string& transfer_id, bool accept) {
  const auto number = parts_->number_of(transfer_id);
  if (!number)
    return fail(errc::not_found, fmt::format("no file waits under {}", transfer_id), "transfer_id");
  return parts_->transfers.answer(*number, accept);
}

// -- fetching

result<void> data_plane::get(const std::string& session_id, std::string path, receive_override wanted,
                             std::function<void(result<std::string>)> begun) {
  auto& p = *parts_;
  const auto session = p.sessions.find(session_id);
  if (!session) return fail(errc::session_unknown, session_id);
  if (session->sends()) return fail(errc::capability_denied, "this session is for sending");
  auto stream = p.sessions.node().open_stream(session->id(), "get");
  if (!stream) return pass(stream);
  p.gets.ask(*session, std::move(*stream), std::move(path), std::move(wanted), std::move(begun));
  return {};
}

void data_plane::on_collected(collector call) {
  parts_->collected = std::move(call);
}

result<std::uint64_t> data_plane::give(const std::string& session_id,
                                       std::unique_ptr<p2p::byte_stream> stream, share::file_source source,
                                       std::string transfer_id, transfer_watch watch,
                                       std::optional<std::uint64_t> rate) {
  auto& p = *parts_;
  const auto session = p.sessions.find(session_id);
  if (!session) return fail(errc::session_unknown, session_id);
  const auto number =
      p.transfers.send(std::move(stream), {session->id(),
                                           {session->peer().peer_id, session->peer().device_id},
                                           std::move(source),
                                           {},
                                           std::move(transfer_id),
                                           rate,
                                           false});
  if (!number) return number;
  p.list.recorder().follow(*number, std::move(watch));
  p.list.watch().notify();
  return number;
}

// -- reports

plane_sessions& data_plane::sessions() {
  return parts_->sessions;
}

transfer_book& data_plane::book() {
  return parts_->list.book();
}

book_watch& data_plane::watch() {
  return parts_->list.watch();
}

void data_plane::describe(status_report& into) const {
  into.quic_port = parts_->sessions.port();
  into.sessions = static_cast<std::int64_t>(parts_->sessions.node().sessions().size());
  into.transfers_running = static_cast<std::int64_t>(parts_->list.book().count(transfer_state::running));
  into.transfers_waiting = static_cast<std::int64_t>(parts_->list.book().count(transfer_state::waiting));
}

wire::json_object data_plane::quic_stats() const {
  return report_connections(parts_->sessions.node().stats(), parts_->congestion_control);
}

wire::json_object data_plane::session_cache() const {
  return report_sessions(parts_->sessions.node().cache(), parts_->sessions.node().sessions(),
                         parts_->sessions.server_now());
}

io::task<> data_plane::close() {
  // Not a decision about any of them: both sides go on later.
  const error stopping{errc::connection_lost, "this agent stops", {}};
  for (const auto& now : parts_->transfers.list()) (void)parts_->transfers.cancel(now.info.number, stopping);
  // What was just written to streams and connections leaves before the sockets close.
  co_await io::yield();
  co_await parts_->tasks.stop();
  co_await parts_->sessions.close();
}

}  // namespace mesh::app
