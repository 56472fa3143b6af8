#include "agent/p2p/webtransport/browser_connection.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/p2p/webtransport/error_code.hpp"
#include "agent/p2p/webtransport/http3_streams.hpp"
#include "agent/p2p/webtransport/settings.hpp"
#include "agent/p2p/webtransport/varint.hpp"
#include "agent/p2p/webtransport/wire_types.hpp"
#include "core/base/log.hpp"

#include <algorithm>

namespace mesh::webtransport {
namespace {

// As Chromium's own limit for streams without a session.
constexpr std::size_t early_streams_max = 24;
constexpr std::size_t origin_shown_max = 200;
constexpr std::uint64_t id_error = 0x108;  // RFC 9114 section 8.1

p2p::shared_bytes shared(bytes data) {
  const auto owner = std::make_shared<const bytes>(std::move(data));
  return {owner, *owner};
}

// What a stream of the session begins with.
bytes preamble(std::uint64_t type, std::uint64_t session) {
  bytes out;
  append_varint(out, type);
  append_varint(out, session);
  return out;
}

// Moves the owned out of the list.
template <class T>
std::unique_ptr<T> take_out(std::list<std::unique_ptr<T>>& list, const T& which) {
  const auto at = std::ranges::find(list, &which, [](const auto& entry) { return entry.get(); });
  if (at == list.end()) return nullptr;
  auto taken = std::move(*at);
  list.erase(at);
  return taken;
}

}  // namespace

browser_connection::browser_connection(std::unique_ptr<p2p::http3_carrier> carrier, browser_options options)
    : carrier_(std::move(carrier)), options_(std::move(options)) {
  carrier_->set_handler(this);
  auto control = carrier_->open_unidirectional();
  if (!control) {
    carrier_->close(h3::stream_creation, "no room for a control stream");
    return;
  }
  own_control_ = std::move(*control);
  own_control_->write(shared(control_stream_opening()));
}

browser_connection::~browser_connection() {
  carrier_->set_handler(nullptr);
  browser_connection::close(p2p::close_code::none, "");
}

void browser_connection::set_handler(p2p::connection_handler* handler) {
  handler_ = handler;
  if (handler_ == nullptr || (early_.empty() && !reason_)) return;
  options_.post([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) tell();
  });
}

result<std::unique_ptr<p2p::byte_stream>> browser_connection::open_stream() {
  if (phase_ == phase::over) return fail(errc::connection_lost, "the page is gone");
  if (session_ == nullptr) return fail(errc::busy, "the page has not opened its session yet");
  auto raw = carrier_->open_stream();
  if (!raw) return raw;
  (*raw)->write(shared(preamble(frame_type::webtransport_stream, session_->number())));
  return std::make_unique<browser_stream>(std::move(*raw), options_.post, fate_);
}

void browser_connection::send_datagram(bytes_view data) {
  if (phase_ != phase::open || session_ == nullptr || closing_ || *fate_) return;
  bytes out;
  append_varint(out, session_->number() / 4);
  out.insert(out.end(), data.begin(), data.end());
  carrier_->send_datagram(out);
}

void browser_connection::close(std::uint64_t code, std::string_view reason) {
  if (phase_ == phase::over) return;
  if (session_ == nullptr) {
    carrier_->close(h3::no_error, reason);
    return;
  }
  if (!std::exchange(closing_, true)) session_->close(static_cast<std::uint32_t>(code), reason);
  carrier_->close_soon(h3::no_error, reason);
}

// -- what comes in

void browser_connection::on_stream(std::unique_ptr<p2p::byte_stream> stream) {
  if (phase_ == phase::over || closing_) return;
  unread_.push_back(std::make_unique<unread_stream>(*this, std::move(stream)));
}

// RFC 9297 section 2.1: which request it belongs to, as a quarter of the number of its stream. What comes
// before its session, after its end or for another one is dropped, as any datagram may be.
void browser_connection::on_datagram(bytes_view data) {
  if (phase_ == phase::over || *fate_) return;
  const auto quarter = take_varint(data);
  if (!quarter || *quarter > varint_max / 4) {
    violated(h3::datagram_error, "a datagram that belongs to no request");
    return;
  }
  if (session_ != nullptr && session_->number() == *quarter * 4 && handler_ != nullptr && !closing_)
    handler_->on_datagram(data);
}

void browser_connection::on_closed(const error& reason) {
  end(fate_->value_or(reason));
}

// Whoever calls this may be inside a callback of the stream: it stays until that is over.
std::unique_ptr<p2p::byte_stream> browser_connection::release(unread_stream& from) {
  auto raw = std::move(from.raw);
  if (raw) raw->set_handler(nullptr);
  bury(take_out(unread_, from));
  return raw;
}

void browser_connection::take_unidirectional(unread_stream& from, std::uint64_t type, bytes_view rest) {
  auto raw = release(from);
  switch (type) {
    case stream_type::control: {
      if (peer_control_) {
        violated(h3::stream_creation, "a second control stream");
        return;
      }
      peer_control_ = std::make_unique<peer_control_stream>(*this, std::move(raw));
      peer_control_->take(rest);
      return;
    }
    case stream_type::push:
      violated(h3::stream_creation, "a push stream of a client");
      return;
    case stream_type::qpack_encoder:
    case stream_type::qpack_decoder:
      raw->consume(rest.size());
      drained_.push_back(std::make_unique<drained_stream>(std::move(raw)));
      return;
    default:
      // Reserved types exist to see whether they are ignored (RFC 9114 section 6.2.3).
      raw->reset(h3::stream_creation);
      bury(std::move(raw));
  }
}

void browser_connection::take_request(unread_stream& from, bytes_view whole) {
  auto& request = *requests_.emplace_back(std::make_unique<request_stream>(*this, release(from)));
  request.take(whole);
}

void browser_connection::take_of_session(unread_stream& from, std::uint64_t session, bytes_view rest) {
  const bool one_way = from.unidirectional();
  auto raw = release(from);
  if (session % 4 != 0) {
    violated(id_error, "a session that no request can have opened");
    return;
  }
  const bool foreign = session_ != nullptr && session_->number() != session;
  const bool too_many = session_ == nullptr && early_.size() >= early_streams_max;
  // Nothing of Mesh travels from a page in one direction only.
  if (one_way || foreign || too_many) {
    raw->reset(too_many ? h3::buffered_stream_rejected : h3::session_gone);
    bury(std::move(raw));
    return;
  }
  auto stream = std::make_unique<browser_stream>(std::move(raw), options_.post, fate_, rest);
  if (session_ == nullptr)
    early_.emplace_back(session, std::move(stream));
  else
    deliver(std::move(stream));
}

// -- the session

int browser_connection::judge(const connect_request& request) const {
  if (request.method != "CONNECT" || request.protocol != "webtransport" || request.scheme != "https")
    return 404;
  if (request.path != session_path) return 404;
  if (!options_.allows_origin(request.origin)) return 403;
  return session_ == nullptr ? 200 : 429;
}

void browser_connection::on_request(request_stream& from, const connect_request& request) {
  const int status = judge(request);
  if (status == 200) {
    open_session(from);
    return;
  }
  log::warn("p2p", "a page of {} at {} was refused: {}", request.origin.substr(0, origin_shown_max),
            to_string(carrier_->peer_address()), status);
  from.refuse(status);
}

void browser_connection::open_session(request_stream& by) {
  session_ = &by;
  phase_ = phase::open;
  by.answer(200);
  auto first = carrier_->open_unidirectional();
  if (!first) {
    violated(h3::stream_creation, "no room for the challenge");
    return;
  }
  greeting_ = std::move(*first);
  auto opening = preamble(stream_type::webtransport, by.number());
  opening.insert(opening.end(), options_.greeting.begin(), options_.greeting.end());
  greeting_->write(shared(std::move(opening)));
  greeting_->finish();
  std::erase_if(early_, [&](auto& entry) { return entry.first != by.number(); });
  if (handler_ != nullptr && !early_.empty()) set_handler(handler_);
}

void browser_connection::on_request_over(request_stream& from, const error& reason) {
  if (session_ != &from) {
    bury(take_out(requests_, from));
    return;
  }
  if (!*fate_) *fate_ = reason;
  // An answer to our own last words: browsers hear CONNECTION_CLOSE before they have told their page of them.
  if (closing_) return;
  // Browsers leave it to the server to close the connection of a session that is over.
  carrier_->close(h3::no_error, "");
}

void browser_connection::deliver(std::unique_ptr<p2p::byte_stream> stream) {
  if (handler_ != nullptr && early_.empty())
    handler_->on_stream(std::move(stream));
  else
    early_.emplace_back(session_->number(), std::move(stream));
}

void browser_connection::tell() {
  const std::weak_ptr alive = alive_;
  while (session_ != nullptr && handler_ != nullptr && !early_.empty()) {
    auto stream = std::move(early_.front().second);
    early_.erase(early_.begin());
    handler_->on_stream(std::move(stream));
    if (alive.expired()) return;
  }
  if (reason_ && handler_ != nullptr) {
    const error reason = *reason_;
    std::exchange(handler_, nullptr)->on_closed(reason);
  }
}

void browser_connection::violated(std::uint64_t code, const std::string& what) {
  if (phase_ == phase::over || *fate_) return;
  log::warn("p2p", "a browser at {} broke HTTP/3: {}", to_string(carrier_->peer_address()), what);
  *fate_ = error{errc::bad_frame, what, {}};
  carrier_->close(code, what);
}

void browser_connection::end(const error& reason) {
  if (std::exchange(phase_, phase::over) == phase::over) return;
  early_.clear();
  reason_ = reason;
  if (handler_ != nullptr) tell();
}

}  // namespace mesh::webtransport
