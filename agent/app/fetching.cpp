#include "agent/app/fetching.hpp"

#include "agent/app/get_permission.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/share/file_receiver.hpp"
#include "agent/share/file_sender.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace mesh::app {
namespace {

constexpr std::string_view module = "share";

}  // namespace

void fetching::serve(const p2p::session_info& session, std::unique_ptr<p2p::byte_stream> stream,
                     bytes_view initial) {
  openings_.wait(std::move(stream), initial, limits::get_request_timeout,
                 [this, session](result<share::opened_stream> asked) {
                   if (asked)
                     answer(session, std::move(*asked));
                   else
                     log::warn(module, "a request for a file came to nothing: {}", word(asked.error().code));
                 });
  calls_.begun();
}

void fetching::answer(const p2p::session_info& session, share::opened_stream asked) {
  const auto* const wanted = std::get_if<wire::file_get>(&asked.first);
  if (wanted == nullptr || !share::check_transfer_id(wanted->transfer_id))
    return asked.stream->reset(p2p::close_code::bad_frame);
  asked.stream->consume(asked.received.size());
  if (wanted->path.empty()) {
    calls_.begun();
    if (const auto taken = calls_.collected(session, wanted->transfer_id, asked.stream); !taken)
      give(session, *wanted, std::move(asked.stream), std::unexpected(taken.error()));
    return;
  }
  auto place = may_get(session, rules_, wanted->path);
  if (!place) return give(session, *wanted, std::move(asked.stream), std::unexpected(place.error()));
  const auto device = session.peer().device_id;
  if (const auto room = room_for(device); !room)
    return give(session, *wanted, std::move(asked.stream), std::unexpected(room.error()));
  ++opening_[device];
  struct job {
    share::get_place place;
    result<share::get_source> source;
  };
  const auto work = std::make_shared<job>(std::move(*place), fail(errc::io, "work on the disk failed"));
  runtime_.offload(
      share::disk_work::reading, [work] { work->source = share::open_get_source(work->place); },
      [this, alive = std::weak_ptr<int>(alive_), session, device, what = *wanted, work,
       stream = std::move(asked.stream)]() mutable {
        if (alive.expired()) return;
        if (const auto at = opening_.find(device); --at->second == 0) opening_.erase(at);
        give(session, what, std::move(stream), std::move(work->source));
      });
}

result<void> fetching::room_for(const mesh::device_id& device) const {
  const auto opening = opening_.find(device);
  const auto running = transfers_.list();
  const auto given = std::ranges::count_if(running, [&](const share::progress& one) {
    return one.info.way == share::direction::sending && one.info.peer.device == device;
  });
  if (static_cast<std::size_t>(given) + (opening == opening_.end() ? 0 : opening->second) < given_max)
    return {};
  return fail(errc::busy, "as much is on its way to that machine as can be at once");
}

void fetching::give(const p2p::session_info& session, const wire::file_get& asked,
                    std::unique_ptr<p2p::byte_stream> stream, result<share::get_source> source) {
  const share::peer_identity peer{session.peer().peer_id, session.peer().device_id};
  calls_.begun();
  if (!calls_.is_open(session.id())) return;  // it ended while the folder was listed
  if (!source) {
    log::warn(module, "{} asks for a file and gets none: {}", peer.device.str(), word(source.error().code));
    return openings_.dismiss(
        std::move(stream), wire::file_reject{std::string(word(source.error().code)), source.error().detail});
  }
  const auto started = [&]() -> result<std::uint64_t> {
    if (auto* const file = std::get_if<share::file_source>(&*source))
      return transfers_.send(std::move(stream),
                             {session.id(), peer, std::move(*file), {}, asked.transfer_id, {}, false});
    return transfers_.send_folder(std::move(stream),
                                  {session.id(),
                                   peer,
                                   std::get<std::shared_ptr<const share::source_tree>>(*source),
                                   asked.transfer_id,
                                   {}});
  }();
  if (!started)
    return log::warn(module, "a file that was asked for cannot be sent: {}", word(started.error().code));
  for (const auto& now : transfers_.list())
    if (now.info.number == *started) recorder_.add_waiting(now.info);
}

void fetching::ask(const p2p::session_info& session, std::unique_ptr<p2p::byte_stream> stream,
                   std::string path, receive_override wanted,
                   std::function<void(result<std::string>)> begun) {
  const auto id = to_crockford(crypto::random_bytes<16>());
  const auto words = std::make_shared<const bytes>(
      wire::json_frame(wire::render_p2p_message(wire::file_get{id, std::move(path)})));
  stream->write({words, *words});
  // The other side may have a long folder to list.
  openings_.wait(std::move(stream), {}, limits::offer_answer_timeout,
                 [this, session, id, wanted = std::move(wanted),
                  begun = std::move(begun)](result<share::opened_stream> answered) {
                   begun(answered ? take(session, id, wanted, std::move(*answered))
                                  : result<std::string>(std::unexpected(answered.error())));
                 });
  calls_.begun();
}

result<std::string> fetching::take(const p2p::session_info& session, const std::string& transfer_id,
                                   receive_override wanted, share::opened_stream answered) {
  if (const auto* const no = std::get_if<wire::file_reject>(&answered.first)) {
    auto reason = share::peer_error(no->code, no->message);
    if (no->message.empty()) reason.detail.clear();
    return std::unexpected(std::move(reason));
  }
  const auto* const file = std::get_if<wire::file_meta>(&answered.first);
  const auto* const folder = std::get_if<wire::folder_meta>(&answered.first);
  const bool ours = file != nullptr ? file->transfer_id == transfer_id
                                    : folder != nullptr && folder->transfer_id == transfer_id;
  if (!ours) {
    answered.stream->reset(p2p::close_code::bad_frame);
    return fail(errc::unexpected_message, "something else came than what was asked for");
  }
  recorder_.asked_here(transfer_id);
  auto request = receiving_.request_for_get(session, std::move(wanted));
  const auto number =
      folder != nullptr
          ? transfers_.receive_folder(std::move(answered.stream), answered.received, std::move(request))
          : transfers_.receive(std::move(answered.stream), answered.received, std::move(request));
  calls_.begun();
  if (!number) {
    recorder_.asked_no_more(transfer_id);
    return std::unexpected(number.error());
  }
  return recorder_.id_of(*number);
}

}  // namespace mesh::app
