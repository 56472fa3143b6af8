#include "server/api/p2p_request.hpp"

#include "server/api/transact.hpp"
#include "server/services/realtime.hpp"

namespace mesh::api {
namespace {

using services::opened_session;

// Whoever was told hears that it is over.
io::task<error> give_up(backend& with, models::caller caller, session_id id) {
  auto close = [caller, id](services::context& c) {
    return services::close_session(c, caller, id, "peer_offline");
  };
  const auto closed = co_await change(with, std::move(close));
  if (!closed && closed.error().code != errc::session_unknown) co_return closed.error();
  co_return error{errc::peer_offline, "the target device did not answer in time", {}};
}

io::task<result<opened_session>> open(backend& with, models::caller caller,
                                      wire::p2p_session_request request) {
  auto plan = [caller, request](services::context& c) { return services::open_session(c, caller, request); };
  auto opened = co_await change(with, std::move(plan));
  if (!opened) co_return pass(opened);
  const auto id = opened->answer.session_id;
  if (!co_await with.deliver_and_await_ack(opened->target, opened->to_target)) {
    caller.device.reset();  // the session may be another device's of the same person
    auto why = co_await give_up(with, std::move(caller), id);
    co_return std::unexpected(std::move(why));
  }
  // While the target answered, somebody may have been removed from the room.
  auto find = [id](services::context& c) -> result<bool> { return c.tx.p2p().find(id).has_value(); };
  const auto still = co_await read(with, std::move(find));
  if (!still) co_return std::unexpected(still.error());
  if (!*still) co_return fail(errc::session_revoked, "the session was ended before it began");
  with.count_session(request.kind);
  models::effects begun;
  begun.activities.push_back(opened->activity);
  with.deliver(std::move(begun));
  co_return std::move(*opened);
}

void tell_initiator(backend& with, opened_session& opened) {
  models::effects effects;
  auto& out = effects.events.emplace_back();
  out.event = std::move(opened.to_initiator);
  out.devices.push_back(opened.initiator);
  with.deliver(std::move(effects));
}

}  // namespace

io::task<result<wire::p2p_session_answer>> request_session(backend& with, models::caller caller,
                                                           wire::p2p_session_request request) {
  auto opened = co_await open(with, std::move(caller), std::move(request));
  if (!opened) co_return pass(opened);
  tell_initiator(with, *opened);
  co_return std::move(opened->answer);
}

io::task<result<wire::event>> request_session(backend& with, models::caller caller, wire::event event) {
  auto request = services::read_payload<wire::p2p_session_request>(event);
  if (!request) co_return pass(request);
  const auto asking = caller.device;
  auto opened = co_await open(with, std::move(caller), std::move(*request));
  if (!opened) {
    auto why = services::in_payload(std::move(opened).error());
    co_return std::unexpected(std::move(why));
  }
  auto reply = opened->to_initiator;
  if (!event.id.empty()) reply.reply_to = event.id;
  if (asking != opened->initiator) tell_initiator(with, *opened);
  co_return reply;
}

}  // namespace mesh::api
