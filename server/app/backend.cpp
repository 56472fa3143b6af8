#include "server/app/backend.hpp"

#include "core/base/limits.hpp"
#include "core/io/condition.hpp"
#include "core/io/deadline.hpp"
#include "server/auth/password.hpp"

namespace mesh::app {
namespace {

// Each hash takes 19 MiB and about 15 ms of one core; more than this waiting, or longer, and the caller hears
// "busy". In the background: whoever guesses passwords shall not slow the chat.
constexpr std::size_t password_threads = 2;
constexpr std::size_t password_queue_max = 64;
constexpr std::chrono::seconds password_wait_max(3);

struct acknowledgement {
  explicit acknowledgement(const io::executor& on) : changed(on) {}
  io::condition changed;
  std::optional<bool> given;
};

io::task<> wait_until_given(std::shared_ptr<acknowledgement> ack) {
  while (!ack->given) co_await ack->changed.wait();
}

}  // namespace

backend::backend(db::database& opened, const auth::keys& keys, services::settings settings,
                 relay::settings relaying)
    : keys_(keys),
      settings_(std::move(settings)),
      hub_([] { return wall_now(); }, [this] { return random_.id<event_id>(); }),
      relay_desk_(relaying, random_, wall_now, [this](std::size_t bytes) { counters_.count_relayed(bytes); }),
      database_(opened),
      passwords_("passwords", password_threads, password_queue_max, io::pool_priority::background,
                 password_wait_max) {}

io::task<result<void>> backend::run_read(work job) {
  return database_.read(std::move(job));
}
io::task<result<void>> backend::run_write(work job) {
  return database_.write(std::move(job));
}

io::task<result<std::string>> backend::hash_password(secret password) {
  auto job = [password = std::move(password)] { return auth::hash_password(password.reveal()); };
  co_return co_await passwords_.run(std::move(job));
}

io::task<result<bool>> backend::verify_password(secret password, std::string hash) {
  auto job = [password = std::move(password), hash = std::move(hash)] {
    return auth::verify_password(password.reveal(), hash);
  };
  co_return co_await passwords_.run(std::move(job));
}

void backend::deliver(models::effects effects) {
  for (const auto& session : effects.activities) {
    if (session.in_call.empty() && session.sharing.empty())
      relay_desk_.end(session.session, word(errc::session_revoked));
    else
      relay_desk_.extend(session.session, session.until + limits::session_without_server_max);
  }
  hub_.deliver(std::move(effects));
}

io::task<bool> backend::deliver_and_await_ack(device_id device, wire::event event) {
  if (!hub_.online(device)) co_return false;
  if (event.id.empty()) event.id = random_.id<event_id>().str();
  auto ack = std::make_shared<acknowledgement>(co_await io::this_coro::executor);
  hub_.expect_ack(event.id, device, [ack](bool given) {
    ack->given = given;
    ack->changed.notify();
  });
  const auto id = event.id;
  models::outgoing out;
  out.event = std::move(event);
  out.devices.push_back(std::move(device));
  hub_.deliver(std::move(out));
  auto waiting = wait_until_given(ack);
  co_await io::finished_within(std::move(waiting), limits::session_ack_timeout);
  hub_.cancel_ack(id);
  co_return ack->given.value_or(false);
}

result<backend::relay_places> backend::open_relay(const session_id& session, const user_id& payer,
                                                  wall_time until) {
  auto made = relay_desk_.open(session, payer, until);
  if (!made) return pass(made);
  return relay_places{std::move(made->initiator), std::move(made->target), made->expires_at};
}

std::shared_ptr<const models::presence> backend::presence() {
  return hub_.presence();
}
wall_time backend::now() {
  return wall_now();
}
auth::random_source& backend::random() {
  return random_;
}
const auth::keys& backend::keys() {
  return keys_;
}
const services::settings& backend::settings() {
  return settings_;
}

std::string backend::metrics() {
  counters_.set_connections(hub_.size());
  return counters_.render();
}

void backend::count_login(bool succeeded) {
  counters_.count_login(succeeded);
}
void backend::count_session(const std::string& kind) {
  counters_.count_session(kind);
}

void backend::stop() {
  passwords_.stop();
  database_.stop();
}

}  // namespace mesh::app
