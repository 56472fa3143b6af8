#include "agent/p2p/webtransport/http3_streams.hpp"

#include "agent/p2p/webtransport/error_code.hpp"
#include "agent/p2p/webtransport/settings.hpp"
#include "agent/p2p/webtransport/varint.hpp"
#include "agent/p2p/webtransport/wire_types.hpp"

#include <algorithm>

namespace mesh::webtransport {
namespace {

constexpr std::size_t settings_bytes_max = 4096;
// As the header limit of our servers.
constexpr std::size_t headers_bytes_max = std::size_t{16} * 1024;
// u32 code and a reason of 1024 bytes (draft-ietf-webtrans-http3 section 6).
constexpr std::size_t close_bytes_max = 4 + 1024;

// Frames of HTTP/2 that HTTP/3 reserves (RFC 9114 section 7.2.8), and PUSH_PROMISE, which clients never send.
bool forbidden_everywhere(std::uint64_t type) {
  return type == 0x02 || type == 0x06 || type == 0x08 || type == 0x09 || type == 0x05;
}
// CANCEL_PUSH, SETTINGS, GOAWAY, MAX_PUSH_ID.
bool of_control_stream(std::uint64_t type) {
  return type == 0x03 || type == frame_type::settings || type == 0x07 || type == 0x0d;
}

}  // namespace

// -- unread_stream

unread_stream::unread_stream(browser_connection& owner, std::unique_ptr<p2p::byte_stream> stream)
    : raw(std::move(stream)), owner_(owner) {
  raw->set_handler(this);
}

void unread_stream::on_data(bytes_view data, bool fin) {
  head_.insert(head_.end(), data.begin(), data.end());
  bytes_view rest = head_;
  const auto type = take_varint(rest);
  const bool of_session =
      type && *type == (unidirectional() ? stream_type::webtransport : frame_type::webtransport_stream);
  const auto session = of_session ? take_varint(rest) : std::nullopt;
  if (!type || (of_session && !session)) {
    if (fin) owner_.bury(owner_.release(*this));
    return;
  }
  const bytes whole = std::exchange(head_, {});
  const auto used = whole.size() - rest.size();
  rest = bytes_view(whole).subspan(used);
  if (of_session) {
    raw->consume(used);
    owner_.take_of_session(*this, *session, rest);
  } else if (unidirectional()) {
    raw->consume(used);
    owner_.take_unidirectional(*this, *type, rest);
  } else {
    owner_.take_request(*this, whole);
  }
}

void unread_stream::on_closed(const error&) {
  owner_.bury(owner_.release(*this));
}

// -- drained_stream

drained_stream::drained_stream(std::unique_ptr<p2p::byte_stream> raw) : raw_(std::move(raw)) {
  raw_->set_handler(this);
}

// -- peer_control_stream

peer_control_stream::peer_control_stream(browser_connection& owner, std::unique_ptr<p2p::byte_stream> raw)
    : owner_(owner),
      raw_(std::move(raw)),
      frames_(settings_bytes_max,
              {.on_begin = [this](std::uint64_t type, std::uint64_t) { return on_frame(type); },
               .on_value =
                   [this](std::uint64_t, bytes_view value) {
                     fault_ = h3::settings_error;
                     return check_settings(value);
                   }}) {
  raw_->set_handler(this);
}

result<item_reader::care> peer_control_stream::on_frame(std::uint64_t type) {
  if (!settings_seen_ && type != frame_type::settings) {
    fault_ = h3::missing_settings;
    return fail(errc::bad_frame, "a control stream that does not begin with SETTINGS");
  }
  fault_ = h3::frame_unexpected;
  const bool again = type == frame_type::settings && std::exchange(settings_seen_, true);
  if (again || type == frame_type::data || type == frame_type::headers || forbidden_everywhere(type))
    return fail(errc::bad_frame, "a frame that has no place on a control stream");
  fault_ = h3::excessive_load;
  return type == frame_type::settings ? item_reader::care::keep : item_reader::care::skip;
}

void peer_control_stream::take(bytes_view data) {
  raw_->consume(data.size());
  if (const auto read = frames_.push(data); !read) owner_.violated(fault_, read.error().detail);
}

void peer_control_stream::on_data(bytes_view data, bool fin) {
  take(data);
  if (fin) owner_.violated(h3::closed_critical_stream, "the control stream was closed");
}

void peer_control_stream::on_closed(const error&) {
  owner_.violated(h3::closed_critical_stream, "the control stream was reset");
}

// -- request_stream

request_stream::request_stream(browser_connection& owner, std::unique_ptr<p2p::byte_stream> raw)
    : owner_(owner),
      raw_(std::move(raw)),
      frames_(headers_bytes_max,
              {.on_begin = [this](std::uint64_t type, std::uint64_t) { return on_frame(type); },
               .on_value =
                   [this](std::uint64_t type, bytes_view value) {
                     return type == frame_type::headers ? on_headers(value) : capsules_.push(value);
                   }}),
      capsules_(close_bytes_max,
                {.on_begin = [](std::uint64_t type, std::uint64_t) -> result<item_reader::care> {
                   return type == capsule_type::close_session ? item_reader::care::keep
                                                              : item_reader::care::skip;
                 },
                 .on_value = [this](std::uint64_t, bytes_view value) { return on_close_capsule(value); }}) {
  raw_->set_handler(this);
}

result<item_reader::care> request_stream::on_frame(std::uint64_t type) {
  fault_ = h3::frame_unexpected;
  if (forbidden_everywhere(type) || of_control_stream(type) || (type == frame_type::data && !headers_seen_))
    return fail(errc::bad_frame, "a frame that has no place on a request");
  fault_ = h3::excessive_load;
  if (type == frame_type::headers)  // behind the first: trailers
    return std::exchange(headers_seen_, true) ? item_reader::care::skip : item_reader::care::keep;
  if (type != frame_type::data) return item_reader::care::skip;
  fault_ = h3::message_error;
  return owner_.session_ == this ? item_reader::care::stream : item_reader::care::skip;
}

result<void> request_stream::on_headers(bytes_view value) {
  const auto request = read_connect_request(value);
  if (!request) {
    fault_ = request.error().code == errc::bad_message ? h3::message_error : h3::qpack_decompression_failed;
    return std::unexpected(request.error());
  }
  owner_.on_request(*this, *request);
  return {};
}

result<void> request_stream::on_close_capsule(bytes_view value) {
  if (value.size() < 4) return fail(errc::bad_frame, "a closing of a session without its code");
  over_ = error{errc::connection_lost, "the page closed it", {}};
  return {};
}

void request_stream::take(bytes_view data) {
  raw_->consume(data.size());
  const auto read = frames_.push(data);
  if (!read) {
    // What was read behind the fault, or its end, means nothing any more: the connection ends by the fault.
    over_ = read.error();
    owner_.violated(fault_, read.error().detail);
  } else if (over_ && !frames_.between_items()) {
    owner_.violated(h3::frame_error, "a request that ends in the middle of a frame");
  } else if (over_) {
    owner_.on_request_over(*this, *over_);
  }
}

void request_stream::on_data(bytes_view data, bool fin) {
  if (over_) return;
  if (fin && !over_) over_ = error{errc::connection_lost, "the page ended it", {}};
  take(data);
}

void request_stream::on_closed(const error& reason) {
  if (std::exchange(over_, reason)) return;
  owner_.on_request_over(*this, {errc::connection_lost, "the page is gone: " + reason.detail, {}});
}

void request_stream::send(bytes data) {
  const auto owned = std::make_shared<const bytes>(std::move(data));
  raw_->write({owned, *owned});
}

void request_stream::answer(int status) {
  send(answer_frame(status));
}

void request_stream::refuse(int status) {
  answer(status);
  raw_->finish();
}

void request_stream::close(std::uint32_t code, std::string_view reason) {
  bytes capsule;
  append_varint(capsule, capsule_type::close_session);
  const auto text = reason.substr(0, close_bytes_max - 4);
  append_varint(capsule, 4 + text.size());
  append_be(capsule, code);
  capsule.insert(capsule.end(), as_bytes(text).begin(), as_bytes(text).end());
  bytes frame;
  append_varint(frame, frame_type::data);
  append_varint(frame, capsule.size());
  frame.insert(frame.end(), capsule.begin(), capsule.end());
  send(std::move(frame));
  raw_->finish();
}

}  // namespace mesh::webtransport
