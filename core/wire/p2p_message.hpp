// The JSON messages of the data plane (contract, section 6): one struct each, named on the wire by its
// `type`. Content (FILE_CHUNK, TERM_OUT …) never travels as JSON: core/wire/frame.hpp.
#pragma once
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mesh::wire {

// -- opening a session and its streams

// binding: base64url of the 32 bytes of the TLS exporter "EXPORTER-mesh-hello" with the session id as
// context. Browsers have no binding; instead public_key is their device key (base64url of P-256
// SubjectPublicKeyInfo) and proof, base64url of an ECDSA signature (IEEE P1363), answers P2P_CHALLENGE.
struct p2p_hello {
  static constexpr std::string_view type = "P2P_HELLO";
  mesh::session_id session_id;
  std::string token;
  std::int64_t version = 1;
  std::optional<std::string> binding;
  std::optional<std::string> public_key;
  std::optional<std::string> proof;
};
BOOST_DESCRIBE_STRUCT(p2p_hello, (), (session_id, token, version, binding, public_key, proof))

struct p2p_ok {
  static constexpr std::string_view type = "P2P_OK";
  mesh::session_id session_id;
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(p2p_ok, (), (session_id, version))

// code: a word of errc. message: English, for logs; the edge words the code.
struct p2p_deny {
  static constexpr std::string_view type = "P2P_DENY";
  std::optional<mesh::session_id> session_id;
  std::string code;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(p2p_deny, (), (session_id, code, message))

// What an agent tells a browser first, on a stream of its own. nonce: base64url of 32 bytes, to be signed in
// P2P_HELLO's proof. cert_sha256: hex, of the certificate of this connection, one of the two that the browser
// was told of and cannot tell apart.
struct p2p_challenge {
  static constexpr std::string_view type = "P2P_CHALLENGE";
  std::string nonce;
  std::string cert_sha256;
};
BOOST_DESCRIBE_STRUCT(p2p_challenge, (), (nonce, cert_sha256))

// The first message of every stream but the control stream. purpose: "file", "folder", "terminal" …
struct stream_open {
  static constexpr std::string_view type = "STREAM_OPEN";
  mesh::session_id session_id;
  std::string purpose;
};
BOOST_DESCRIBE_STRUCT(stream_open, (), (session_id, purpose))

struct session_renew {
  static constexpr std::string_view type = "SESSION_RENEW";
  mesh::session_id session_id;
  std::string token;
};
BOOST_DESCRIBE_STRUCT(session_renew, (), (session_id, token))

// -- files; hashes are the 64 lower-case hex digits of BLAKE3

// size in bytes. hash: only when already known; written as null otherwise. mtime: Unix milliseconds. mode:
// POSIX permission bits. text: a short text for a person (at most limits::snippet_bytes_max of UTF-8), which
// is shown instead of stored.
struct file_meta {
  static constexpr std::string_view type = "FILE_META";
  std::string transfer_id;
  std::string name;
  std::uint64_t size = 0;
  std::optional<std::string> hash;
  std::int64_t mtime = 0;
  std::uint32_t mode = 0;
  std::optional<bool> text = {};
};
BOOST_DESCRIBE_STRUCT(file_meta, (), (transfer_id, name, size, hash, mtime, mode, text))

// The receiver asks its own other machine for a file or folder; the first message of a stream of purpose
// "get". The answer is FILE_META or FOLDER_META with this transfer_id, or FILE_REJECT. path: absolute, on
// that machine; empty for what that machine offers to the receiver under this transfer_id.
struct file_get {
  static constexpr std::string_view type = "FILE_GET";
  std::string transfer_id;
  std::string path;
};
BOOST_DESCRIBE_STRUCT(file_get, (), (transfer_id, path))

// offset: bytes that the receiver has already. blocks: for each block of block_bytes among them (the last one
// may be shorter), the BLAKE3 of the file from its start to the end of that block. The sender compares its
// own file and begins after the last block that agrees; without blocks it begins at offset. holes: it
// understands FILE_HOLE. xattrs: it understands FILE_XATTRS and has a place for them. waits: while content is
// due it understands FILE_PROGRESS with offset 0, by which the sender says that its own rates hold it up.
struct file_accept {
  static constexpr std::string_view type = "FILE_ACCEPT";
  std::uint64_t offset = 0;
  std::optional<std::vector<std::string>> blocks;
  std::optional<std::uint64_t> block_bytes;
  std::optional<bool> holes;
  std::optional<bool> xattrs = {};
  std::optional<bool> waits = {};
};
BOOST_DESCRIBE_STRUCT(file_accept, (), (offset, blocks, block_bytes, holes, xattrs, waits))

struct file_reject {
  static constexpr std::string_view type = "FILE_REJECT";
  std::string code;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(file_reject, (), (code, message))

// The receiver asks for the hash of the first `length` bytes; the sender answers by FILE_META with that hash.
struct file_want_hash {
  static constexpr std::string_view type = "FILE_WANT_HASH";
  std::uint64_t length = 0;
};
BOOST_DESCRIBE_STRUCT(file_want_hash, (), (length))

// In the place of FILE_CHUNKs: size zeros from offset on, which take no room on the sender's disk. At most
// limits::hole_bytes_max, and only to who said `holes`.
struct file_hole {
  static constexpr std::string_view type = "FILE_HOLE";
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(file_hole, (), (offset, size))

// name: with its namespace, "user.mime_type". value: base64url of its bytes.
struct extended_attribute {
  std::string name;
  std::string value;
};
BOOST_DESCRIBE_STRUCT(extended_attribute, (), (name, value))

// Extended attributes (xattr(7)) of the file that comes, at most once before its FILE_DONE, and only to who
// said `xattrs`. Names and values together within limits::xattrs_max and limits::xattr_bytes_max. In a folder
// also between files, for what holds them: entry is the number of a directory of the manifest, and absent for
// the folder itself; the folder first, then directories in the manifest's order.
struct file_xattrs {
  static constexpr std::string_view type = "FILE_XATTRS";
  std::vector<extended_attribute> xattrs;
  std::optional<std::uint64_t> entry = {};
};
BOOST_DESCRIBE_STRUCT(file_xattrs, (), (xattrs, entry))

struct file_done {
  static constexpr std::string_view type = "FILE_DONE";
  std::string hash;
  std::uint64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(file_done, (), (hash, size))

// ok: the file stands under `name` (at most 255 bytes) with this hash. Otherwise code and message.
struct file_result {
  static constexpr std::string_view type = "FILE_RESULT";
  bool ok = false;
  std::optional<std::string> hash;
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(file_result, (), (ok, hash, code, message, name))

// offset: bytes the receiver has written.
struct file_progress {
  static constexpr std::string_view type = "FILE_PROGRESS";
  std::uint64_t offset = 0;
};
BOOST_DESCRIBE_STRUCT(file_progress, (), (offset))

// -- folders

// An entry of a folder that stays with the sender: code is the word of the reason, path below the folder.
struct left_entry {
  std::string code;
  std::string path;
};
BOOST_DESCRIBE_STRUCT(left_entry, (), (code, path))

// What of a folder is not in its manifest. omitted: entries that nobody wanted left out; incomplete: among
// them are some that somebody may miss. ignored: entries that the sender's person chose to leave out, which
// are none of them. entries: the first of the omitted. Each number at most limits::folder_entries_max.
struct left_behind {
  std::uint64_t omitted = 0;
  bool incomplete = false;
  std::uint64_t ignored = 0;
  std::vector<left_entry> entries;
};
BOOST_DESCRIBE_STRUCT(left_behind, (), (omitted, incomplete, ignored, entries))

// A folder is offered; its FOLDER_MANIFEST pages follow at once, without an answer in between. entries: how
// many they hold in all. size: bytes of all files. origin: 32 hex digits that are the same whenever the
// sender offers this very folder. mtime, mode: of the folder itself. left: absent when the manifest names
// everything.
struct folder_meta {
  static constexpr std::string_view type = "FOLDER_META";
  static constexpr std::size_t origin_chars = 32;
  std::string transfer_id;
  std::string name;
  std::string origin;
  std::uint32_t pages = 1;
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::uint32_t mode = 0;
  std::optional<left_behind> left = {};
};
BOOST_DESCRIBE_STRUCT(folder_meta, (),
                      (transfer_id, name, origin, pages, entries, files, size, mtime, mode, left))

// kind: "file", "directory" or "link". path: below the folder, components joined by '/'. target: of a link.
struct manifest_entry {
  std::string path;
  std::string kind;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::uint32_t mode = 0;
  std::optional<std::string> target;
};
BOOST_DESCRIBE_STRUCT(manifest_entry, (), (path, kind, size, mtime, mode, target))

// page counts from 0 to pages - 1. Over all pages the paths ascend byte by byte, and a directory comes before
// what it holds. The position of an entry in this list is its number.
struct folder_manifest {
  static constexpr std::string_view type = "FOLDER_MANIFEST";
  std::uint32_t page = 0;
  std::uint32_t pages = 1;
  std::vector<manifest_entry> entries;
};
BOOST_DESCRIBE_STRUCT(folder_manifest, (), (page, pages, entries))

// What the receiver has of one file already; as in FILE_ACCEPT.
struct kept_file {
  std::uint64_t entry = 0;
  std::uint64_t offset = 0;
  std::uint64_t block_bytes = 0;
  std::vector<std::string> blocks;
};
BOOST_DESCRIBE_STRUCT(kept_file, (), (entry, offset, block_bytes, blocks))

// The receiver's answer to the offer: any number of these with last == false, then one with last == true,
// after which content may come. A refusal is FILE_REJECT; while the receiver reads what it has, it says
// FILE_PROGRESS. holes, xattrs, waits: as in FILE_ACCEPT; in the last one.
struct folder_accept {
  static constexpr std::string_view type = "FOLDER_ACCEPT";
  bool last = true;
  std::vector<kept_file> kept;
  std::optional<bool> holes;
  std::optional<bool> xattrs = {};
  std::optional<bool> waits = {};
};
BOOST_DESCRIBE_STRUCT(folder_accept, (), (last, kept, holes, xattrs, waits))

// A file of the manifest begins: its FILE_CHUNKs and FILE_DONE follow. Files come in the manifest's order.
struct folder_file {
  static constexpr std::string_view type = "FOLDER_FILE";
  std::uint64_t entry = 0;
};
BOOST_DESCRIBE_STRUCT(folder_file, (), (entry))

// This file does not come (any further): it cannot be read, or it changed meanwhile. Stands in the place of
// FOLDER_FILE or of FILE_DONE.
struct folder_skip {
  static constexpr std::string_view type = "FOLDER_SKIP";
  std::uint64_t entry = 0;
  std::string code;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(folder_skip, (), (entry, code, message))

// Everything was said. hash: BLAKE3 of the lines "HASH  ./PATH\n" of all files that came, in order.
struct folder_done {
  static constexpr std::string_view type = "FOLDER_DONE";
  std::string hash;
  std::uint64_t files = 0;
};
BOOST_DESCRIBE_STRUCT(folder_done, (), (hash, files))

// An entry that got another name at the receiver.
struct renamed_entry {
  std::uint64_t entry = 0;
  std::string path;
};
BOOST_DESCRIBE_STRUCT(renamed_entry, (), (entry, path))

// ok: the folder stands under `name` (at most 255 bytes), its files have this hash. Otherwise code and
// message. renamed: the first entries whose names the receiver had to change, renamed_count of all of them.
struct folder_result {
  static constexpr std::string_view type = "FOLDER_RESULT";
  bool ok = false;
  std::optional<std::string> hash;
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::optional<std::string> name;
  std::optional<std::vector<renamed_entry>> renamed;
  std::optional<std::uint64_t> renamed_count;
};
BOOST_DESCRIBE_STRUCT(folder_result, (), (ok, hash, code, message, name, renamed, renamed_count))

// -- terminals; "watch", "state" and "alive" are this project's own words beside those of the contract

// The sharer says which of its terminals this stream carries, in the size that rules: its first message, or
// the answer to TERM_WATCH. control: the viewer may ask for the keyboard.
struct term_open {
  static constexpr std::string_view type = "TERM_OPEN";
  std::string name;
  std::uint16_t cols = 0;
  std::uint16_t rows = 0;
  bool control = false;
};
BOOST_DESCRIBE_STRUCT(term_open, (), (name, cols, rows, control))

// A viewer begins (and gets a snapshot) or stops looking. name: on a stream that the viewer opened, the
// terminal it wants, in its first message.
struct term_watch {
  static constexpr std::string_view type = "TERM_WATCH";
  bool on = true;
  std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(term_watch, (), (on, name))

// Who looks and who has the keyboard, told whenever it changes. watching: names of people. controller: the
// one with the keyboard, absent when it is the sharer's. epoch: of the lease, told only to the one who has
// it. hidden: the sharer has drawn the curtain, and output does not come. recorded: what is seen and
// typed is kept by the sharer. asked: the size that this viewer asked for, while the sharer has not answered.
struct term_size {
  std::uint16_t cols = 0;
  std::uint16_t rows = 0;
  bool operator==(const term_size&) const = default;
};
BOOST_DESCRIBE_STRUCT(term_size, (), (cols, rows))
struct term_state {
  static constexpr std::string_view type = "TERM_STATE";
  std::vector<std::string> watching;
  std::optional<std::string> controller;
  std::optional<std::uint32_t> epoch;
  bool hidden = false;
  std::optional<bool> recorded = {};
  std::optional<term_size> asked = {};
};
BOOST_DESCRIBE_STRUCT(term_state, (), (watching, controller, epoch, hidden, recorded, asked))

// A viewer lives; the sharer sends it back as it is. sent: whatever the viewer wants to find again.
struct term_alive {
  static constexpr std::string_view type = "TERM_ALIVE";
  std::int64_t sent = 0;
};
BOOST_DESCRIBE_STRUCT(term_alive, (), (sent))

// The sharer does not serve this stream.
struct term_refused {
  static constexpr std::string_view type = "TERM_REFUSED";
  std::string code;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(term_refused, (), (code, message))

// Of the sharer: the size that rules. Of a viewer: the size that it asks for.
struct term_resize {
  static constexpr std::string_view type = "TERM_RESIZE";
  std::uint16_t cols = 0;
  std::uint16_t rows = 0;
};
BOOST_DESCRIBE_STRUCT(term_resize, (), (cols, rows))

// The shell ended: with an exit code, or by a signal.
struct term_exit {
  static constexpr std::string_view type = "TERM_EXIT";
  std::optional<std::int32_t> code;
  std::optional<std::int32_t> signal;
};
BOOST_DESCRIBE_STRUCT(term_exit, (), (code, signal))

// A command line that a viewer without control proposes.
struct term_suggest {
  static constexpr std::string_view type = "TERM_SUGGEST";
  std::string text;
};
BOOST_DESCRIBE_STRUCT(term_suggest, (), (text))

using p2p_message =
    std::variant<p2p_hello, p2p_ok, p2p_deny, p2p_challenge, stream_open, session_renew, file_meta, file_get,
                 file_accept, file_reject, file_want_hash, file_hole, file_xattrs, file_done, file_result,
                 file_progress, folder_meta, folder_manifest, folder_accept, folder_file, folder_skip,
                 folder_done, folder_result, term_open, term_watch, term_state, term_alive, term_refused,
                 term_resize, term_exit, term_suggest>;

std::string_view type_of(const p2p_message& message);

// One message out of its JSON text. Unknown keys are ignored (the protocol grows). Errors: bad_message, with
// the field at fault: no JSON object, more than 65,536 bytes, an unknown type, a field missing, of another
// type or form.
result<p2p_message> parse_p2p_message(std::string_view text);

// `type` first. Errors: none; a message of more than 65,536 bytes is refused by its reader.
std::string render_p2p_message(const p2p_message& message);

}  // namespace mesh::wire
