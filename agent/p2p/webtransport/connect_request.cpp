#include "agent/p2p/webtransport/connect_request.hpp"

#include "agent/p2p/webtransport/varint.hpp"
#include "agent/p2p/webtransport/wire_types.hpp"

#include <algorithm>
#include <memory>
#include <nghttp3/nghttp3.h>

#include <fmt/format.h>

namespace mesh::webtransport {
namespace {

struct release_decoder {
  void operator()(nghttp3_qpack_decoder* d) const noexcept { nghttp3_qpack_decoder_del(d); }
};
struct release_context {
  void operator()(nghttp3_qpack_stream_context* c) const noexcept { nghttp3_qpack_stream_context_del(c); }
};

std::string text_of(nghttp3_rcbuf* buffer) {
  const auto view = nghttp3_rcbuf_get_buf(buffer);
  std::string out(reinterpret_cast<const char*>(view.base), view.len);
  nghttp3_rcbuf_decref(buffer);
  return out;
}

// Puts the fields where they belong, in the order of RFC 9114 section 4.3.
class field_sorter {
 public:
  result<void> add(std::string name, std::string value) {
    if (std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; }))
      return fail(errc::bad_message, "a field name in upper case");
    if (!name.starts_with(':')) {
      pseudo_over_ = true;
      return name == "origin" ? put(request_.origin, std::move(value), name) : result<void>();
    }
    if (pseudo_over_) return fail(errc::bad_message, "a pseudo-header behind a header");
    for (const auto& [known, where] :
         {std::pair(":method", &connect_request::method), std::pair(":protocol", &connect_request::protocol),
          std::pair(":scheme", &connect_request::scheme),
          std::pair(":authority", &connect_request::authority), std::pair(":path", &connect_request::path)})
      if (name == known) return put(request_.*where, std::move(value), name);
    return fail(errc::bad_message, "an unknown pseudo-header");
  }
  connect_request done() { return std::move(request_); }

 private:
  static result<void> put(std::string& where, std::string value, const std::string& name) {
    if (!where.empty()) return fail(errc::bad_message, fmt::format("{} twice", name));
    where = std::move(value);
    return {};
  }
  connect_request request_;
  bool pseudo_over_ = false;
};

}  // namespace

result<connect_request> read_connect_request(bytes_view field_section) {
  const auto* const memory = nghttp3_mem_default();
  nghttp3_qpack_decoder* made = nullptr;
  if (nghttp3_qpack_decoder_new(&made, 0, 0, memory) != 0) return fail(errc::internal, "QPACK decoder");
  const std::unique_ptr<nghttp3_qpack_decoder, release_decoder> decoder(made);
  nghttp3_qpack_stream_context* context = nullptr;
  if (nghttp3_qpack_stream_context_new(&context, 0, memory) != 0) return fail(errc::internal, "QPACK stream");
  const std::unique_ptr<nghttp3_qpack_stream_context, release_context> stream(context);
  field_sorter fields;
  while (true) {
    nghttp3_qpack_nv field{};
    std::uint8_t flags = 0;
    const auto used = nghttp3_qpack_decoder_read_request(
        made, context, &field, &flags, reinterpret_cast<const std::uint8_t*>(field_section.data()),
        field_section.size(), 1);
    if (used < 0) return fail(errc::bad_frame, "a field section that is not QPACK");
    if ((flags & NGHTTP3_QPACK_DECODE_FLAG_BLOCKED) != 0)
      return fail(errc::bad_frame, "a field section that needs a dynamic table");
    field_section = field_section.subspan(static_cast<std::size_t>(used));
    if ((flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT) != 0) {
      auto name = text_of(field.name);
      auto value = text_of(field.value);
      if (auto put = fields.add(std::move(name), std::move(value)); !put) return std::unexpected(put.error());
    }
    if ((flags & NGHTTP3_QPACK_DECODE_FLAG_FINAL) != 0) return fields.done();
    if (used == 0 && (flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT) == 0)
      return fail(errc::bad_frame, "a field section that ends too early");
  }
}

bytes answer_frame(int status) {
  // Field lines without dynamic table: prefix 00 00, then :status from the static table (RFC 9204 appendix
  // A).
  const auto indexed = [](unsigned index) { return std::byte{static_cast<std::uint8_t>(0xc0 | index)}; };
  bytes fields = {std::byte{0}, std::byte{0}};
  switch (status) {
    case 200:
      fields.push_back(indexed(25));
      break;
    case 404:
      fields.push_back(indexed(27));
      break;
    default: {
      // Literal with the name of static entry 24 (:status), as it is.
      const auto digits = fmt::format("{}", status);
      fields.insert(fields.end(), {std::byte{0x5f}, std::byte{24 - 15},
                                   std::byte{static_cast<std::uint8_t>(digits.size())}});
      const auto text = as_bytes(digits);
      fields.insert(fields.end(), text.begin(), text.end());
    }
  }
  bytes out;
  append_varint(out, frame_type::headers);
  append_varint(out, fields.size());
  out.insert(out.end(), fields.begin(), fields.end());
  return out;
}

}  // namespace mesh::webtransport
