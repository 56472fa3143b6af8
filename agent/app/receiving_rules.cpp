#include "agent/app/receiving_rules.hpp"

#include "agent/os/fd.hpp"
#include "agent/os/landlock.hpp"
#include "agent/share/already_here.hpp"
#include "agent/share/directory_sink.hpp"
#include "agent/share/fd_sink.hpp"
#include "agent/share/snippet_sink.hpp"

#include <algorithm>
#include <fcntl.h>
#include <ranges>
#include <unistd.h>

namespace mesh::app {
namespace {

// A `receive` that stays open for days takes many.
constexpr std::size_t takers_max = 1000;

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

}  // namespace

std::uint64_t receiving_rules::begin(receive_override wanted) {
  overrides_.emplace_back(++last_number_, std::move(wanted));
  return last_number_;
}

void receiving_rules::end(std::uint64_t number) {
  std::erase_if(overrides_, [number](const auto& one) { return one.first == number; });
  std::erase_if(takers_, [number](const auto& one) { return one.second.number == number; });
}

std::uint64_t receiving_rules::taker_of(const transfer_origin& of) const {
  const auto found = takers_.find(of);
  return found == takers_.end() ? in_force() : found->second.number;
}

std::vector<transfer_origin> receiving_rules::taken_since(std::uint64_t number, steady_time then) const {
  std::vector<transfer_origin> out;
  for (const auto& [origin, taker] : takers_)
    if (taker.number == number && taker.since >= then) out.push_back(origin);
  return out;
}

std::optional<receive_override> receiving_rules::override_for(const share::transfer_info& info) {
  if (info.transfer_id.empty()) return override_now();
  if (takers_.size() >= takers_max) forget_ended();
  const auto origin = origin_of(info);
  const auto number = taker_of(origin);
  if (number != 0) takers_.insert_or_assign(origin, taker{number, steady_now()});
  return override_by(number);
}

// By one who wants everything, while a newer one would ask.
bool receiving_rules::is_taken_unasked(const share::transfer_info& info) const {
  const auto taker = takers_.find(origin_of(info));
  return taker != takers_.end() && std::ranges::any_of(overrides_, [&](const auto& one) {
           return one.first == taker->second.number && one.second.mode == config::receive_mode::auto_;
         });
}

share::consent receiving_rules::agreed_to(std::string_view key, const receive_rule& standing,
                                          const share::transfer_info& info) const {
  if (is_taken_unasked(info)) return share::consent::given;
  const auto said = consents_.of(key, info, wall_now());
  if (said != share::consent::arrived) return said;
  const bool here = share::is_here_already(folder_by(standing, override_by(taker_of(origin_of(info)))), info);
  return here ? said : share::consent::over;
}

void receiving_rules::forget_ended() {
  std::erase_if(takers_, [this](const auto& one) {
    const auto& [user, device, transfer_id] = one.first;
    return !expected_ || !expected_(user, device, transfer_id);
  });
}

std::optional<receive_override> receiving_rules::override_now() const {
  return override_by(in_force());
}

std::optional<receive_override> receiving_rules::override_by(std::uint64_t number) const {
  if (number == 0) return std::nullopt;
  return std::ranges::find(overrides_, number, [](const auto& one) { return one.first; })->second;
}

std::uint64_t receiving_rules::in_force() const {
  for (const auto& [number, wanted] : std::views::reverse(overrides_))
    if (!wanted.closed) return number;
  return 0;
}

bool receiving_rules::refuses_questions() const {
  const auto wanted = override_now();
  return wanted && wanted->refuse_questions;
}

void receiving_rules::begin_no_more(std::uint64_t number) {
  for (auto& one : overrides_)
    if (one.first == number) one.second.closed = true;
}

result<std::unique_ptr<share::file_sink>> receiving_rules::make_sink(
    const receive_rule& standing, const share::transfer_info& info,
    const std::optional<receive_override>& wanted) {
  if (info.text && !(wanted && wanted->to_stdout))
    return share::make_snippet_sink(
        [this, number = info.number](std::string text) { text_came_(number, std::move(text)); });
  if (!wanted || !wanted->to_stdout) {
    const auto folder = folder_by(standing, wanted);
    if (const auto may = os::may_write_into(folder); !may) return std::unexpected(may.error());
    return share::make_directory_sink(folder, policy_by(standing, wanted), expected_);
  }
  if (!stdout_lease_.expired()) return fail(errc::busy, "another file goes to standard output");
  os::unique_fd out(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!out) return fail(errc::write_failed, "standard output is closed");
  const auto lease = std::make_shared<const int>(0);
  stdout_lease_ = lease;
  return share::make_fd_sink(std::move(out), "-", lease);
}

std::filesystem::path receiving_rules::folder_by(const receive_rule& standing,
                                                 const std::optional<receive_override>& wanted) const {
  if (wanted && !wanted->folder.empty()) return wanted->folder;
  return standing.folder ? std::filesystem::path(*standing.folder) : config_.download_dir;
}

share::collision receiving_rules::policy_by(const receive_rule& standing,
                                            const std::optional<receive_override>& wanted) {
  if (wanted && wanted->on_collision) return *wanted->on_collision;
  return share::collision_named(standing.on_collision.value_or("")).value_or(share::collision::rename);
}

result<share::folder_place> receiving_rules::place_for_folder(
    const receive_rule& standing, const std::optional<receive_override>& wanted) const {
  if (wanted && wanted->to_stdout)
    return fail(errc::not_a_file, "standard output takes one file, not a folder");
  auto folder = folder_by(standing, wanted);
  if (const auto may = os::may_write_into(folder); !may) return std::unexpected(may.error());
  return share::folder_place{std::move(folder), policy_by(standing, wanted)};
}

share::receive_request receiving_rules::request_for(const p2p::session_info& session) {
  const auto& claims = session.claims;
  share::receive_request request;
  request.session = session.id();
  request.peer = {session.peer().peer_id, session.peer().device_id};
  request.standing = {session.peer().peer_id == session.self().peer_id,
                      claims.initiator.peer_id == session.self().peer_id};
  auto standing = standing_.for_sender({session.peer().device_id, session.peer().peer_id, claims.room_id});
  const auto said = share::receive_mode_named(standing.receive.value_or(""));
  request.mode = said.value_or(mode_of(config_.receive));
  // Whom a rule shuts out stays outside whatever is asked for at present.
  const auto wanted = override_now();
  if (wanted && wanted->mode && said != share::receive_mode::never) request.mode = mode_of(*wanted->mode);
  // A rule that wants questions means all of them, also about one's own machines.
  else if (said == share::receive_mode::ask)
    request.standing = {};
  if (wanted && wanted->nothing && request.mode != share::receive_mode::never) {
    const auto busy = [] { return fail(errc::busy, "no mesh-agent takes files there at the moment"); };
    request.mode = share::receive_mode::automatic;  // nobody is asked
    request.place_for = [busy](const share::transfer_info&) -> result<share::folder_place> { return busy(); };
    request.make_sink = [busy](const share::transfer_info&) -> result<std::unique_ptr<share::file_sink>> {
      return busy();
    };
    return request;
  }
  request.agreed = {.of = [this, standing, key = session.peer().key_sha256](
                              const share::transfer_info& info) { return agreed_to(key, standing, info); },
                    .set = [this, key = session.peer().key_sha256](
                               const share::transfer_info& info,
                               share::consent now) { consents_.set(key, info, now, wall_now()); }};
  request.limits = {claims.max_size, claims.max_rate};
  request.place_for = [this, standing](const share::transfer_info& info) {
    return place_for_folder(standing, override_for(info));
  };
  request.make_sink = [this, standing = std::move(standing)](const share::transfer_info& info) {
    return make_sink(standing, info, override_for(info));
  };
  return request;
}

share::receive_request receiving_rules::request_for_get(const p2p::session_info& session,
                                                        receive_override wanted) {
  share::receive_request request;
  request.session = session.id();
  request.peer = {session.peer().peer_id, session.peer().device_id};
  request.standing = {session.peer().peer_id == session.self().peer_id, true};
  request.mode = share::receive_mode::automatic;
  request.limits = {session.claims.max_size, session.claims.max_rate};
  request.place_for = [this, wanted](const share::transfer_info&) { return place_for_folder({}, wanted); };
  request.make_sink = [this, wanted = std::move(wanted)](const share::transfer_info& info) {
    return make_sink({}, info, wanted);
  };
  return request;
}

}  // namespace mesh::app
