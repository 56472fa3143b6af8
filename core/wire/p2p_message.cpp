#include "core/wire/p2p_message.hpp"

#include <algorithm>
#include <array>

#include <boost/mp11/algorithm.hpp>

namespace mesh::wire {
namespace {

constexpr std::size_t id_chars_max = 64;
constexpr std::size_t code_chars_max = 64;

// Each returns the name of the first field that is not of its form, empty when all are.

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= id_chars_max;
}
bool is_hex(std::string_view text, std::size_t chars) {
  return text.size() == chars &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_hash(std::string_view text) {
  return is_hex(text, 64);
}
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= limits::token_bytes_max;
}
bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= code_chars_max;
}
// Under which the receiver put it: its file systems take no longer one.
bool is_name_there(const std::optional<std::string>& name) {
  return !name || name->size() <= limits::file_name_bytes_max;
}
bool is_size(std::uint64_t size) {
  return size <= limits::file_bytes_max;
}
constexpr std::size_t p256_spki_bytes = 91;
bool encodes_bytes(std::string_view text, std::size_t count) {
  const auto data = from_base64url(text);
  return data && data->size() == count;
}

std::string_view fault(const p2p_hello& m) {
  if (!is_id(m.session_id.str())) return "session_id";
  if (!is_token(m.token)) return "token";
  if (m.binding && !encodes_bytes(*m.binding, 32)) return "binding";
  if (m.public_key && !encodes_bytes(*m.public_key, p256_spki_bytes)) return "public_key";
  if (m.proof && !encodes_bytes(*m.proof, 64)) return "proof";
  // An agent's, or a browser's.
  if (m.binding.has_value() == m.proof.has_value()) return "binding";
  return m.public_key.has_value() == m.proof.has_value() ? "" : "public_key";
}
std::string_view fault(const p2p_ok& m) {
  return is_id(m.session_id.str()) ? "" : "session_id";
}
std::string_view fault(const p2p_deny& m) {
  if (m.session_id && !is_id(m.session_id->str())) return "session_id";
  return is_code(m.code) ? "" : "code";
}
std::string_view fault(const p2p_challenge& m) {
  if (!encodes_bytes(m.nonce, 32)) return "nonce";
  return is_hash(m.cert_sha256) ? "" : "cert_sha256";
}
std::string_view fault(const stream_open& m) {
  if (!is_id(m.session_id.str())) return "session_id";
  return is_code(m.purpose) ? "" : "purpose";
}
std::string_view fault(const session_renew& m) {
  if (!is_id(m.session_id.str())) return "session_id";
  return is_token(m.token) ? "" : "token";
}
std::string_view fault(const file_meta& m) {
  if (!is_id(m.transfer_id)) return "transfer_id";
  if (m.name.empty()) return "name";
  if (!is_size(m.size)) return "size";
  if (m.hash && !is_hash(*m.hash)) return "hash";
  if (m.text.value_or(false) && m.size > limits::snippet_bytes_max) return "text";
  return m.mode <= 07777 ? "" : "mode";
}
std::string_view fault(const file_get& m) {
  if (!is_id(m.transfer_id)) return "transfer_id";
  const bool absolute = m.path.starts_with('/') && !m.path.contains('\0');
  return m.path.empty() || (absolute && m.path.size() <= limits::get_path_bytes_max) ? "" : "path";
}
std::string_view fault(const file_accept& m) {
  if (!is_size(m.offset)) return "offset";
  if (m.blocks && !std::ranges::all_of(*m.blocks, is_hash)) return "blocks";
  if (m.blocks.has_value() != m.block_bytes.has_value()) return "block_bytes";
  if (m.block_bytes && (*m.block_bytes < limits::resume_block_bytes || !is_size(*m.block_bytes)))
    return "block_bytes";
  return {};
}
std::string_view fault(const file_reject& m) {
  return is_code(m.code) ? "" : "code";
}
std::string_view fault(const file_want_hash& m) {
  return is_size(m.length) ? "" : "length";
}
std::string_view fault(const file_hole& m) {
  if (!is_size(m.offset)) return "offset";
  return m.size > 0 && m.size <= limits::hole_bytes_max ? "" : "size";
}
std::string_view fault(const file_xattrs& m) {
  if (m.entry && *m.entry >= limits::folder_entries_max) return "entry";
  if (m.xattrs.empty() || m.xattrs.size() > limits::xattrs_max) return "xattrs";
  std::size_t size = 0;
  for (const auto& [name, encoded] : m.xattrs) {
    const auto value = from_base64url(encoded);
    if (!value) return "xattrs";
    size += name.size() + value->size();
  }
  return size <= limits::xattr_bytes_max ? "" : "xattrs";
}
std::string_view fault(const file_done& m) {
  if (!is_hash(m.hash)) return "hash";
  return is_size(m.size) ? "" : "size";
}
std::string_view fault(const file_result& m) {
  if (m.hash && !is_hash(*m.hash)) return "hash";
  if (!is_name_there(m.name)) return "name";
  if (m.ok && !m.hash) return "hash";
  if (!m.ok && !m.code) return "code";
  return !m.code || is_code(*m.code) ? "" : "code";
}
std::string_view fault(const file_progress& m) {
  return is_size(m.offset) ? "" : "offset";
}
bool is_left(const left_behind& left) {
  return left.omitted <= limits::folder_entries_max && left.ignored <= limits::folder_entries_max &&
         left.entries.size() <= left.omitted &&
         std::ranges::all_of(left.entries, [](const left_entry& entry) {
           return is_code(entry.code) && !entry.path.empty() &&
                  entry.path.size() <= limits::folder_path_bytes_max;
         });
}
std::string_view fault(const folder_meta& m) {
  if (!is_id(m.transfer_id)) return "transfer_id";
  if (m.name.empty()) return "name";
  if (!is_hex(m.origin, folder_meta::origin_chars)) return "origin";
  if (m.pages == 0) return "pages";
  if (m.entries > limits::folder_entries_max) return "entries";
  if (m.files > m.entries) return "files";
  if (!is_size(m.size)) return "size";
  if (m.left && !is_left(*m.left)) return "left";
  return m.mode <= 07777 ? "" : "mode";
}
bool is_entry(const manifest_entry& entry) {
  if (entry.path.empty() || !is_size(entry.size) || entry.mode > 07777) return false;
  if (entry.kind == "link") return entry.target && !entry.target->empty() && entry.size == 0;
  return !entry.target && (entry.kind == "file" || (entry.kind == "directory" && entry.size == 0));
}
std::string_view fault(const folder_manifest& m) {
  if (m.page >= m.pages) return "page";
  return std::ranges::all_of(m.entries, is_entry) ? "" : "entries";
}
bool is_entry_number(std::uint64_t entry) {
  return entry < limits::folder_entries_max;
}
bool is_kept(const kept_file& kept) {
  return is_entry_number(kept.entry) && kept.offset > 0 && is_size(kept.offset) &&
         kept.block_bytes >= limits::resume_block_bytes && is_size(kept.block_bytes) &&
         std::ranges::all_of(kept.blocks, is_hash);
}
std::string_view fault(const folder_accept& m) {
  return std::ranges::all_of(m.kept, is_kept) ? "" : "kept";
}
std::string_view fault(const folder_file& m) {
  return is_entry_number(m.entry) ? "" : "entry";
}
std::string_view fault(const folder_skip& m) {
  if (!is_entry_number(m.entry)) return "entry";
  return is_code(m.code) ? "" : "code";
}
std::string_view fault(const folder_done& m) {
  if (!is_hash(m.hash)) return "hash";
  return m.files <= limits::folder_entries_max ? "" : "files";
}
std::string_view fault(const folder_result& m) {
  if (m.hash && !is_hash(*m.hash)) return "hash";
  if (!is_name_there(m.name)) return "name";
  if (m.ok && !m.hash) return "hash";
  if (!m.ok && !m.code) return "code";
  return !m.code || is_code(*m.code) ? "" : "code";
}
bool is_terminal_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::terminal_name_chars_max;
}
bool is_columns(std::uint16_t count) {
  return count > 0 && count <= limits::terminal_columns_max;
}
bool is_rows(std::uint16_t count) {
  return count > 0 && count <= limits::terminal_rows_max;
}
std::string_view fault(const term_open& m) {
  if (!is_terminal_name(m.name)) return "name";
  if (!is_columns(m.cols)) return "cols";
  return is_rows(m.rows) ? "" : "rows";
}
std::string_view fault(const term_watch& m) {
  return !m.name || is_terminal_name(*m.name) ? "" : "name";
}
std::string_view fault(const term_state& m) {
  if (m.asked && !(is_columns(m.asked->cols) && is_rows(m.asked->rows))) return "asked";
  return m.watching.size() <= limits::terminal_viewers_max ? "" : "watching";
}
std::string_view fault(const term_alive&) {
  return {};
}
std::string_view fault(const term_refused& m) {
  return is_code(m.code) ? "" : "code";
}
std::string_view fault(const term_resize& m) {
  if (!is_columns(m.cols)) return "cols";
  return is_rows(m.rows) ? "" : "rows";
}
std::string_view fault(const term_exit& m) {
  return m.code || m.signal ? "" : "code";
}
std::string_view fault(const term_suggest& m) {
  return m.text.size() <= limits::terminal_suggestion_bytes_max ? "" : "text";
}

std::unexpected<error> bad(std::string detail, std::string field = {}) {
  return fail(errc::bad_message, std::move(detail), std::move(field));
}

template <class T>
result<p2p_message> read_as(const json_value& value) {
  auto message = from_json<T>(value);
  if (!message) return bad(std::string(T::type) + ": " + message.error().detail, message.error().field);
  if (const auto field = fault(*message); !field.empty())
    return bad(std::string(T::type) + ": \"" + std::string(field) + "\" is not of its form",
               std::string(field));
  return p2p_message(std::move(*message));
}

struct message_type {
  std::string_view name;
  result<p2p_message> (*read)(const json_value&);
};

template <class... T>
constexpr auto table_of(std::type_identity<std::variant<T...>>) {
  return std::to_array<message_type>({{T::type, read_as<T>}...});
}
constexpr auto message_types = table_of(std::type_identity<p2p_message>());

}  // namespace

std::string_view type_of(const p2p_message& message) {
  return std::visit([](const auto& m) { return m.type; }, message);
}

result<p2p_message> parse_p2p_message(std::string_view text) {
  const auto value = parse_json(text, limits::json_message_bytes_max);
  if (!value) return bad(value.error().detail);
  const auto* object = value->if_object();
  if (object == nullptr) return bad("a message is a JSON object");
  const auto* type = object->if_contains("type");
  if (type == nullptr || !type->is_string()) return bad("a message names its type", "type");
  const std::string_view name = type->get_string();
  const auto* const found = std::ranges::find(message_types, name, &message_type::name);
  if (found == message_types.end()) return bad("the type of the message is not known", "type");
  return found->read(*value);
}

std::string render_p2p_message(const p2p_message& message) {
  json_object object;
  object.emplace("type", type_of(message));
  std::visit(
      [&](const auto& m) {
        for (auto& entry : to_json(m).get_object()) object.emplace(entry.key(), std::move(entry.value()));
      },
      message);
  // The contract shows an unknown hash as null, not as absent.
  if (std::holds_alternative<file_meta>(message) && !object.contains("hash")) object.emplace("hash", nullptr);
  return to_text(object);
}

}  // namespace mesh::wire
