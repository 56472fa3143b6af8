#include "agent/app/shared_terminals.hpp"

#include "core/base/limits.hpp"

#include <fmt/format.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 250ms;

}  // namespace

shared_terminals::shared_terminals(server_link::account& account, server_link::server_link& link,
                                   data_plane& plane, io::task_group& tasks, wishes wanted)
    : account_(account),
      link_(link),
      plane_(plane),
      tasks_(tasks),
      wishes_(std::move(wanted)),
      desk_(
          {[this](wire::event e) { return link_.send(std::move(e)); }, [this] { return link_.server_now(); }},
          wishes_.rules, [this] { return account_.username(); },
          {[this](const mesh::session_id& session) { return with_viewer(session); },
           [this](const std::function<void(shared_terminal&)>& call) {
             for (const auto& [name, e] : shared_) call(*e);
           }}),
      doors_(tasks.get_executor(), [this](const terminal_stream& who, const std::optional<std::string>& name,
                                          std::unique_ptr<p2p::byte_stream>& stream,
                                          bytes_view initial) { return let_in(who, name, stream, initial); }),
      changed_(tasks.get_executor()) {}

bool shared_terminals::handle(const control::request& r, const reply& to) {
  if (r.type == "terminal_share")
    tasks_.spawn("share-terminal", share(r, to));
  else if (r.type == "terminal_attach")
    tasks_.spawn("attach-terminal", attach(r, to));
  else if (r.type == "terminal_control")
    tasks_.spawn("terminal-control", control(r, to));
  else
    return false;
  return true;
}

shared_terminals::entry shared_terminals::find(std::string_view name) const {
  const auto found = shared_.find(name);
  return found == shared_.end() ? nullptr : found->second;
}

shared_terminal* shared_terminals::with_viewer(const mesh::session_id& session) {
  for (const auto& [name, e] : shared_)
    if (e->host->find(session) != nullptr) return e.get();
  return nullptr;
}

std::string shared_terminals::free_name(std::string wanted) const {
  if (wanted.empty()) wanted = "terminal";
  if (!shared_.contains(wanted)) return wanted;
  for (int number = 2;; ++number)
    if (auto name = fmt::format("{}-{}", wanted, number); !shared_.contains(name)) return name;
}
io::task<> shared_terminals::tick() {
  while (!shared_.empty()) {
    co_await io::sleep_for(tick_interval);
    // A host that ends a lease calls back; none of that changes the list.
    for (const auto& [name, e] : shared_) {
      e->tick();
      desk_.tick(*e);
      // Not each of the many sizes of a window that is being dragged.
      if (e->announced && *e->announced != e->host->size()) announce(*e);
    }
  }
  ticking_ = false;
}

// -- viewers

terminal::viewer_identity shared_terminals::identity_of(const terminal_stream& stream) {
  const auto& peer = stream.session.peer();
  return {stream.session.id(),
          peer.peer_id,
          peer.device_id,
          stream.username.empty() ? peer.device_id.str() : stream.username,
          stream.session.claims.allows("terminal:control"),
          peer.key_sha256};
}

result<void> shared_terminals::let_in(const terminal_stream& who, const std::optional<std::string>& name,
                                      std::unique_ptr<p2p::byte_stream>& stream, bytes_view initial) {
  const auto e = name ? find(*name) : nullptr;
  const auto& session = who.session;
  const bool own = session.peer().peer_id == session.self().peer_id;
  const bool meant = e && (!e->person || *e->person == session.peer().peer_id);
  const bool invited = e && (own || (meant && e->room && e->room == session.claims.room_id));
  if (!invited) return fail(errc::terminal_unknown);
  return e->host->add(std::move(stream), identity_of(who), initial);
}

void shared_terminals::session_closed(const mesh::session_id& session, const error& reason) {
  for (const auto& [name, e] : shared_) {
    e->host->remove_session(session, reason);
    e->asks.forget(session);
    e->tell_window();
  }
}

// -- what is told

// To the server, which tells those who may look.
void shared_terminals::announce(shared_terminal& e, bool ended) {
  const auto size = e.host->size();
  e.announced = ended ? std::nullopt : std::optional(size);
  const std::int64_t epoch = e.host->controller() ? e.host->gate().epoch() : 0;
  wire::event event;
  event.type = "terminal.shared";
  event.to = "server";
  event.payload =
      wire::make_payload(wire::terminal_offer{e.name, size.cols, size.rows, e.room, ended, epoch, e.person});
  link_.send(std::move(event));
  changed_.notify();
}

void shared_terminals::went_online() {
  for (const auto& [name, e] : shared_)
    if (e->announced) announce(*e);
}

wire::json_value shared_terminals::list() const {
  wire::json_value out(boost::json::array_kind);
  for (const auto& [name, e] : shared_) out.as_array().push_back(e->describe());
  return out;
}

}  // namespace mesh::app
