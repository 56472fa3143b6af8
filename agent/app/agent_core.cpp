#include "agent/app/agent_core.hpp"

#include "agent/app/account_requests.hpp"
#include "agent/app/data_plane.hpp"
#include "agent/app/get_requests.hpp"
#include "agent/app/keyboard_rule_book.hpp"
#include "agent/app/outbox_runner.hpp"
#include "agent/app/page_link.hpp"
#include "agent/app/peer_requests.hpp"
#include "agent/app/ping_requests.hpp"
#include "agent/app/rate_requests.hpp"
#include "agent/app/relay_visits.hpp"
#include "agent/app/rule_requests.hpp"
#include "agent/app/shared_terminals.hpp"
#include "agent/app/start_options.hpp"
#include "agent/app/terminal_offers.hpp"
#include "agent/app/terminal_pages.hpp"
#include "agent/app/transfer_requests.hpp"
#include "agent/app/viewed_terminals.hpp"
#include "agent/os/landlock.hpp"
#include "agent/server_link/account.hpp"
#include "agent/server_link/address_watch.hpp"
#include "agent/server_link/host_candidates.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/base/log.hpp"
#include "core/net/url.hpp"

#include <algorithm>
#include <unistd.h>

namespace mesh::app {
namespace {

constexpr std::string_view module = "app";

bool server_is_here(const std::string& server_url) {
  const auto url = net::parse_url(server_url);
  return url && net::is_loopback(url->host);
}

auto is_at(const wire::candidate& place) {
  return [&place](const wire::candidate& other) { return other.ip == place.ip && other.port == place.port; };
}

bool same_places(const std::vector<wire::candidate>& a, const std::vector<wire::candidate>& b) {
  return std::ranges::equal(a, b, [](const auto& left, const auto& right) { return is_at(left)(right); });
}

template <class T>
wire::event to_server(std::string type, const T& payload) {
  wire::event e;
  e.type = std::move(type);
  e.to = "server";
  e.payload = wire::make_payload(payload);
  return e;
}

}  // namespace

struct agent_core::parts {
  parts(io::loop& l, const config::agent_config& c, home own, p2p::known_peers k);
  result<void> open_books();

  server_link::hello_facts facts() const;
  void take_address_change();
  void tell_addresses();
  void tell_certificates();
  void take_event(const wire::event& e);
  void take_welcome();
  void went_offline(const error& reason);
  void renew(const std::string& session_id);
  io::task<> list_terminals(std::shared_ptr<control::reply> to);

  io::loop& loop;
  const config::agent_config& config;
  home own;
  std::shared_ptr<p2p::known_peers> known;
  credentials_file credentials;
  net::http_client http;
  server_link::account account;
  io::task_group tasks;
  std::unique_ptr<data_plane> plane;  // absent until start_node()
  std::unique_ptr<server_link::server_link> link;
  std::unique_ptr<account_requests> account_verbs;
  peer_requests peer_verbs;
  std::optional<rate_book> rates;
  std::unique_ptr<rate_requests> rate_verbs;
  std::optional<rule_book> rules;
  std::unique_ptr<rule_requests> rule_verbs;
  std::unique_ptr<outbox_runner> outbox;
  std::unique_ptr<transfer_requests> transfer_verbs;
  std::unique_ptr<ping_requests> ping_verbs;
  std::unique_ptr<get_requests> get_verbs;
  std::unique_ptr<page_link> pages;
  std::unique_ptr<relay_visits> relays;
  std::optional<keyboard_rule_book> keyboards;
  std::unique_ptr<shared_terminals> shared;
  std::unique_ptr<viewed_terminals> viewed;
  std::unique_ptr<terminal_pages> shown;  // of what is shared
  std::function<void()> stop_requested;
  std::vector<wire::candidate> told_addresses;         // what the server knows
  std::vector<wire::candidate> addresses_of_sessions;  // what the peers of those that run know
  std::int64_t addresses_gen = 0;
  steady_time started = steady_now();
};

agent_core::parts::parts(io::loop& l, const config::agent_config& c, home o, p2p::known_peers k)
    : loop(l),
      config(c),
      own(std::move(o)),
      known(std::make_shared<p2p::known_peers>(std::move(k))),
      credentials(own.dir),
      account(l.get_executor(), http, credentials, {own.device_id, own.host_name, &own.key},
              to_string(c.server), c.server_given, c.auth_token.clone()),
      tasks(l.get_executor(), std::string(module)),
      peer_verbs(known) {
  known->on_change([this](const std::string& text) { return save_known_peers(own.dir, text); });
  account_verbs = std::make_unique<account_requests>(account, tasks);
}

result<void> agent_core::parts::open_books() {
  auto kept = rate_book::open(own.dir, config.limit);
  if (!kept) return pass(kept);
  rates.emplace(std::move(*kept));
  rate_verbs = std::make_unique<rate_requests>(*rates, [this] {
    if (plane) rates->apply(plane->rates());
  });
  auto standing = rule_book::open(own.dir);
  if (!standing) return pass(standing);
  rules.emplace(std::move(*standing));
  rule_verbs = std::make_unique<rule_requests>(*rules, [this] {
    if (plane) plane->set_rules(rules->rules());
  });
  return {};
}

result<std::unique_ptr<agent_core>> agent_core::make(io::loop& loop, const config::agent_config& config,
                                                     const config::environment& variables) {
  auto own = open_home(config, variables);
  if (!own) return pass(own);
  auto known = restore_known_peers(own->dir);
  if (!known) return pass(known);
  std::unique_ptr<agent_core> made(new agent_core(loop, config, std::move(*own), std::move(*known)));
  if (auto loaded = made->parts_->account.load(); !loaded) return pass(loaded);
  if (auto opened = made->parts_->open_books(); !opened) return pass(opened);
  return made;
}

agent_core::agent_core(io::loop& loop, const config::agent_config& config, home own, p2p::known_peers known)
    : parts_(std::make_unique<parts>(loop, config, std::move(own), std::move(known))) {}

agent_core::~agent_core() {
  if (parts_->plane) parts_->plane->on_terminals({});
}

const std::string& agent_core::device_id() const {
  return parts_->own.device_id;
}

result<void> agent_core::start_node() {
  auto& p = *parts_;
  auto plane = data_plane::open(p.loop, p.own, p.config, p.known);
  if (!plane) return pass(plane);
  p.plane = std::move(*plane);
  p.plane->sessions().trust(p.account.pinned_keys(), {});
  p.rates->apply(p.plane->rates());
  p.plane->set_rules(p.rules->rules());
  p.plane->on_rotation([&p] { p.tell_certificates(); });
  p.plane->on_renewal_due([&p](const std::string& session_id) { p.renew(session_id); });
  server_link::link_calls calls;
  calls.facts = [&p] {
    auto now = p.facts();
    p.told_addresses = now.candidates;
    return now;
  };
  calls.on_event = [&p](const wire::event& e) { p.take_event(e); };
  calls.on_online = [&p](const wire::system_welcome& welcome) {
    p.account.learn(welcome.user);
    p.take_welcome();
  };
  calls.on_offline = [&p](const error& reason) { p.went_offline(reason); };
  const auto ws = p.config.ws_given ? to_string(p.config.ws) : std::string();
  p.link = std::make_unique<server_link::server_link>(p.loop.get_executor(), p.account, p.http, ws,
                                                      std::move(calls));
  p.account.on_change([&p] {
    p.plane->sessions().end_all({errc::session_revoked, "another sign-in", {}});
    p.link->restart();
  });
  const bool is_daemon = static_cast<bool>(p.stop_requested);
  // A command that sends, fetches or shows something takes nothing meanwhile; `receive` says that it does.
  if (!is_daemon) (void)p.plane->begin_receiving(receive_override{.nothing = true});
  p.outbox = std::make_unique<outbox_runner>(p.account, *p.link, *p.plane, p.tasks,
                                             is_daemon ? &p.own.dir : nullptr);
  p.outbox->start();
  p.transfer_verbs = std::make_unique<transfer_requests>(
      file_services{p.account, *p.link, *p.plane, *p.outbox, p.tasks, is_daemon});
  p.ping_verbs = std::make_unique<ping_requests>(p.account, *p.link, *p.plane, p.tasks);
  p.get_verbs = std::make_unique<get_requests>(p.account, *p.link, *p.plane, p.tasks, is_daemon);
  p.pages = std::make_unique<page_link>(*p.link, *p.plane, *p.outbox, p.tasks);
  p.relays = std::make_unique<relay_visits>(*p.link, p.http, *p.plane, p.tasks);
  auto keyboards = keyboard_rule_book::open(p.own.dir);
  if (!keyboards) return std::unexpected(keyboards.error());
  p.keyboards.emplace(std::move(*keyboards));
  p.shared = std::make_unique<shared_terminals>(
      p.account, *p.link, *p.plane, p.tasks,
      shared_terminals::wishes{p.own.dir, [&p]() -> const keyboard_rules& { return p.keyboards->rules(); },
                               p.config.terminal_masks});
  p.viewed = std::make_unique<viewed_terminals>(p.account, *p.link, *p.plane, p.tasks);
  p.shown = std::make_unique<terminal_pages>(
      terminal_pages::calls{
          .send = [&p](wire::event e) { return p.link->send(std::move(e)); },
          .list = [&p] { return p.shared->list(); },
          .changed = [&p] { return p.shared->changed(); },
          .control = [&p](const control::request& r,
                          const std::shared_ptr<control::reply>& to) { p.shared->handle(r, to); }},
      p.tasks);
  p.plane->on_terminals(
      {.stream =
           [&p](terminal_stream stream) {
             if (stream.session.sends())
               p.shared->serve(std::move(stream));
             else
               p.viewed->add(std::move(stream));
           },
       .closed = [&p](const mesh::session_id& id, const error& why) { p.shared->session_closed(id, why); }});
  p.tasks.spawn("link", p.link->run());
  p.tasks.spawn("addresses", server_link::watch_addresses([&p] { p.take_address_change(); }));
  return {};
}

server_link::hello_facts agent_core::parts::facts() const {
  return {own.device_id, account.self().public_key(), plane->sessions().port(),
          server_link::host_candidates(server_link::interface_addresses(), plane->sessions().port(),
                                       server_is_here(account.server_url())),
          plane->sessions().webtransport()};
}

void agent_core::parts::take_address_change() {
  plane->sessions().own_address_changed();
  if (link->state().phase() == server_link::link_phase::signed_out) return;
  const auto now = facts().candidates;
  // A connection from an address that this machine lost dies without a word; one that failed may work now.
  const bool lost = std::ranges::any_of(
      told_addresses, [&](const auto& told) { return std::ranges::none_of(now, is_at(told)); });
  if (link->state().phase() == server_link::link_phase::online && !lost) return tell_addresses();
  log::info(module, "the addresses of this machine changed: connecting to the server anew");
  link->reconnect();
}

// So that a session that begins later finds this machine where it is now, and one that runs follows it there.
void agent_core::parts::tell_addresses() {
  auto now = facts().candidates;
  if (link->state().phase() != server_link::link_phase::online || same_places(now, addresses_of_sessions))
    return;
  log::info(module, "the addresses of this machine changed: {} are told to the server", now.size());
  if (link->send(to_server("p2p.candidates", wire::p2p_candidates{std::nullopt, now, ++addresses_gen, {}})))
    told_addresses = addresses_of_sessions = std::move(now);
}

// Pages that ask from now on get the new hashes; those that know the old ones know the current one as their
// next.
void agent_core::parts::tell_certificates() {
  if (link->state().phase() != server_link::link_phase::online) return;
  log::info(module, "new certificates for browsers");
  wire::p2p_candidates told{std::nullopt, told_addresses, ++addresses_gen, plane->sessions().webtransport()};
  (void)link->send(to_server("p2p.candidates", told));
}

void agent_core::parts::take_welcome() {
  // The greeting told the server; those who run a session with this machine still look for it elsewhere.
  if (addresses_of_sessions.empty())
    addresses_of_sessions = told_addresses;
  else
    tell_addresses();
  plane->sessions().trust(account.pinned_keys(), link->state().clock_offset());
  shared->went_online();
  outbox->appeared({});
}

void agent_core::parts::went_offline(const error&) {
  pages->went_offline();
  shown->went_offline();
  // Only a sign-in mends it: the server does not want this machine any more.
  if (link->state().phase() == server_link::link_phase::signed_out)
    plane->sessions().end_all({errc::session_revoked, {}, {}});
}

io::task<> agent_core::parts::list_terminals(std::shared_ptr<control::reply> to) {
  wire::json_value none(boost::json::array_kind);
  wire::json_object out{{"shared", shared ? shared->list() : none}, {"seen", viewed ? viewed->list() : none}};
  // What is here is listed without the server, too.
  result<std::vector<wire::terminal_shared>> offers;
  if (link && link->state().phase() == server_link::link_phase::online)
    offers = co_await terminal_offers(account);
  out["offered"] = offers ? wire::to_json(wire::terminal_list{std::move(*offers)}).at("terminals") : none;
  to->done(std::move(out));
}

void agent_core::parts::renew(const std::string& session_id) {
  link->send(to_server("p2p.session.renew", wire::p2p_session_reference{mesh::session_id(session_id)}));
}

void agent_core::parts::take_event(const wire::event& e) {
  if (e.type == "presence.changed") {
    const auto changed = wire::payload_of<wire::presence_changed>(e);
    if (changed && changed->online && changed->device_id) outbox->appeared(changed->device_id->str());
    return;
  }
  if (viewed->take_event(e) || shared->take_event(e)) return;
  if (shown->take_event(e) || pages->take_event(e) || relays->take_event(e)) return;
  if (!plane->sessions().take_event(e)) log::debug(module, "event {} is not for this agent", e.type);
}

status_report agent_core::status() const {
  const auto& p = *parts_;
  status_report s;
  s.pid = ::getpid();
  s.version = MESH_VERSION;
  s.device_id = p.own.device_id;
  s.key_sha256 = p.own.key.verifier().fingerprint();
  s.server_url = p.account.server_url();
  s.signed_in = p.account.signed_in();
  s.username = p.account.username();
  s.link = to_string(p.link ? p.link->state().phase() : server_link::link_phase::signed_out);
  if (p.link && p.link->state().last_error()) s.link_error = word(p.link->state().last_error()->code);
  s.uptime_seconds = std::chrono::duration_cast<std::chrono::seconds>(steady_now() - p.started).count();
  s.confined = os::writes_confined();
  if (p.plane) p.plane->describe(s);
  return s;
}

void agent_core::on_stop_request(std::function<void()> call) {
  parts_->stop_requested = std::move(call);
}

void agent_core::handle(control::request r, std::shared_ptr<control::reply> reply) {
  const auto to = std::move(reply);
  auto& p = *parts_;
  log::debug(module, "request {}", r.type);
  if (r.type == "status") return to->done(wire::to_json(status()).as_object());
  if (r.type == "configuration")
    return to->done(wire::to_json(in_force(p.config, p.own.device_id, p.account.server_url())).as_object());
  if (r.type == "stop") {
    if (!p.stop_requested) return to->fail({errc::daemon_not_running, {}, {}});
    to->done();
    return p.stop_requested();
  }
  if (p.account_verbs->handle(r, to)) return;
  if (p.peer_verbs.handle(r, *to) || p.rate_verbs->handle(r, *to) || p.rule_verbs->handle(r, *to)) return;
  if (p.transfer_verbs &&
      (p.transfer_verbs->handle(r, to) || p.ping_verbs->handle(r, to) || p.get_verbs->handle(r, to)))
    return;
  if (p.keyboards && p.keyboards->handle(r, *to)) return;
  if (p.shared && (p.shared->handle(r, to) || p.viewed->handle(r, to))) return;
  if (r.type == "terminals") return p.tasks.spawn("terminals", p.list_terminals(to));
  if (transfer_requests::knows(r.type) || r.type == "ping" || r.type == "get" ||
      r.type.starts_with("terminal"))
    return to->fail({errc::daemon_not_running, r.type, {}});
  to->fail({errc::kind_unknown, r.type, "type"});
}

io::task<> agent_core::stop() {
  auto& p = *parts_;
  if (p.plane) co_await p.plane->close();
  co_await p.tasks.stop();
}

}  // namespace mesh::app
