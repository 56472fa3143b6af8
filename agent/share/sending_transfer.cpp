#include "agent/share/sending_transfer.hpp"

#include "agent/p2p/close_code.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>

namespace mesh::share {
namespace {

constexpr std::size_t header_bytes = sizeof(wire::bulk_header);

// While bytes only are compared, or may not go yet; well below the receiver's stall timeout.
constexpr auto sign_of_life = std::chrono::seconds(10);

// The receiver counts its own deadline; ours only has to be the longer one.
constexpr auto answer_grace = std::chrono::seconds(30);

wire::file_meta meta_of(const transfer_info& info, const file_source& source) {
  return {info.transfer_id,
          info.name,
          source.size(),
          std::nullopt,
          unix_milliseconds(source.mtime()),
          source.mode(),
          info.text ? std::optional(true) : std::nullopt};
}

std::size_t content_bytes(const file_source& source) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), limits::chunk_bytes));
}

}  // namespace

sending_transfer::sending_transfer(std::unique_ptr<p2p::byte_stream> stream, transfer_info info,
                                   const transfer_owner& owner, file_source source, bool xattrs)
    : running_transfer(std::move(stream), std::move(info), owner),
      source_(std::move(source)),
      xattrs_(xattrs),
      sender_(meta_of(info_, source_)),
      buffers_(long_path_buffers_max, header_bytes, content_bytes(source_)),
      watch_(now()),
      standstill_(now(), limits::standstill_timeout),
      last_sign_(now()) {
  buffers_.on_return([this] { buffer_returned(); });
}

void sending_transfer::start() {
  stream_->set_handler(this);
  write(sender_.meta());
}

void sending_transfer::on_data(bytes_view data, bool fin) {
  if (over()) return;
  stream_->consume(data.size());
  if (auto read = read_messages(data); !read) return give_up(read.error());
  after_message();
  if (fin && !over()) give_up({errc::connection_lost, "the receiver ended the stream", {}});
}

result<void> sending_transfer::read_messages(bytes_view data) {
  splitter_.feed(data);
  while (true) {
    const auto part = splitter_.next();
    if (!part) return std::unexpected(part.error());
    if (!*part) return {};
    const auto* const json = std::get_if<wire::frame_json>(&**part);
    if (json == nullptr) return fail(errc::unexpected_message, "the receiver sent content");
    const auto message = wire::parse_p2p_message(json->text);
    if (!message) return std::unexpected(message.error());
    if (auto taken = sender_.on_message(*message); !taken) return taken;
    watch_.restart(now());
    if (const auto* const said = std::get_if<wire::file_progress>(&*message))
      standstill_.moved(said->offset, now());
  }
}

// Another phase: what the receiver confirms is counted from here.
void sending_transfer::watch_anew() {
  watch_.restart(now());
  standstill_ = stall_watch(now(), limits::standstill_timeout);
}

void sending_transfer::after_message() {
  if (sender_.now() == file_sender::phase::finished) {
    succeed(sender_.name_there(), path(), sender_.hash());
    return leave(p2p::close_code::none);
  }
  if (sender_.now() == file_sender::phase::sending && !started_) {
    started_ = true;
    watch_anew();
    begin_meter(0);
    log::info("share", "Sending file size={} to={} session_id={} name=\"{}\"", info_.size,
              info_.peer.device.str(), info_.session.str(), info_.name);
    tell_started();
    pump();
  }
}

void sending_transfer::pump() {
  if (over() || paused_ || sender_.now() != file_sender::phase::sending) return gate().leave();
  // Hashing what need not be sent waits for nobody: others get their turn in between.
  std::size_t only_hashed = 0;
  while (const auto piece = sender_.next()) {
    if (piece->send && stream_->writable() == 0) return gate().leave();  // on_writable() goes on
    if (piece->send && send_hole(*piece)) {
      if (++only_hashed == limits::send_buffers_max) return post([this] { pump(); });
      continue;
    }
    if (buffers_lent_ == long_path_buffers_max) return gate().leave();  // buffer_returned() goes on
    if (piece->send && gate().ask(piece->size, now()) == 0) return;     // on_turn() or tick() goes on
    if (!send_piece(*piece)) return;
    if (piece->send) gate().spend(piece->size, now());
    if (!piece->send && ++only_hashed == limits::send_buffers_max) return post([this] { pump(); });
  }
  end_of_file();
}

// False when data lies there, or the receiver wants all bytes.
bool sending_transfer::send_hole(const file_sender::piece& piece) {
  const auto extent = source_.extent_at(piece.offset);
  const auto size = extent.hole ? sender_.hole_bytes(extent.end) : 0;
  if (size == 0) return false;
  sender_.took_zeros(size);
  handed_over_ = piece.offset + size;
  write(wire::file_hole{piece.offset, size});
  acknowledged();
  return true;
}

bool sending_transfer::send_piece(file_sender::piece piece) {
  // Not into the next hole.
  if (piece.send)
    piece.size = static_cast<std::size_t>(
        std::min<std::uint64_t>(piece.size, source_.extent_at(piece.offset).end - piece.offset));
  auto buffer = buffers_.take();
  const std::span<std::byte> content(buffer.get() + header_bytes, piece.size);
  ++buffers_lent_;
  if (auto read = source_.read(piece.offset, content); !read) {
    give_up(read.error());
    return false;
  }
  sender_.took(content);
  if (!piece.send) {
    after_comparing();
    return true;
  }
  const auto header = wire::file_chunk_header(piece.offset, piece.size);
  std::ranges::copy(header, buffer.get());
  handed_over_ = piece.offset + piece.size;
  const bytes_view frame(buffer.get(), header_bytes + piece.size);
  stream_->write({std::move(buffer), frame});
  return true;
}

// Reading what the receiver has already moves no byte: it is told now and then that we get on.
void sending_transfer::after_comparing() {
  watch_anew();
  if (const auto start = sender_.start(); start && !compared_) {
    compared_ = true;
    handed_over_ = *start;
    log::info("share", "Sending goes on at {} of {} session_id={}", *start, info_.size, info_.session.str());
    begin_meter(*start);
  } else if (!start && now() - last_sign_ >= sign_of_life) {
    last_sign_ = now();
    write(wire::file_progress{sender_.compared()});
  }
}

void sending_transfer::end_of_file() {
  if (auto same = source_.unchanged(); !same) return give_up(same.error());
  if (xattrs_) write_xattrs();
  write(sender_.done());
  stream_->finish();
  watch_anew();
}

void sending_transfer::write_xattrs() {
  auto found = source_.xattrs();
  const bool taken = sender_.takes_xattrs();
  xattrs_stay_behind(found.left + (taken ? 0 : found.attributes.size()));
  if (taken && !found.attributes.empty()) write(wire::file_xattrs{std::move(found.attributes)});
}

// Called from inside the stream, which must not be called back from there.
void sending_transfer::buffer_returned() {
  --buffers_lent_;
  if (pump_posted_) return;
  pump_posted_ = true;
  post([this] {
    pump_posted_ = false;
    if (over()) return;
    acknowledged();
    pump();
  });
}

void sending_transfer::acknowledged() {
  const std::uint64_t under_way = buffers_lent_ * limits::chunk_bytes;
  const std::uint64_t done = handed_over_ - std::min(handed_over_, under_way);
  watch_.moved(done, now());
  standstill_.moved(done, now());
  report(done);
}

void sending_transfer::tick() {
  if (lingering() || paused_) return;
  if (gate().waiting()) pump();
  if (over()) return;
  if (gate().waiting()) return held_up();
  if (standstill_.stalled(now())) {
    give_up({errc::stalled, "the receiver says that it is busy, and does not get on", {}});
  } else if (sender_.now() != file_sender::phase::offered) {
    if (watch_.stalled(now())) give_up({errc::stalled, "the receiver takes (nearly) nothing", {}});
  } else if (watch_.since(now()) > limits::offer_answer_timeout + answer_grace) {
    give_up({errc::timed_out, "the receiver did not answer", {}});
  }
}

// By our own rates, which many share: the receiver cannot see why nothing comes.
void sending_transfer::held_up() {
  watch_.restart(now());
  standstill_.restart(now());
  if (!sender_.takes_waits() || now() - last_sign_ < sign_of_life) return;
  last_sign_ = now();
  write(wire::file_progress{0});
}

void sending_transfer::pause(bool on) {
  paused_ = on;
  watch_.restart(now());
  standstill_.restart(now());
  pump();
}

void sending_transfer::cancel(const error& reason) {
  give_up(reason);
}

void sending_transfer::on_closed(const error& reason) {
  stream_gone();
  give_up(reason);
}

void sending_transfer::give_up(const error& reason) {
  fail_with(reason);
  leave(p2p::close_code::of(reason));
}

}  // namespace mesh::share
