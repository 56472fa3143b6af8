// The sender's side of one file, without I/O: what it says, what it reads next, what it accepts to hear.
//
//   FILE_META ->  <- FILE_ACCEPT | FILE_REJECT   FILE_CHUNK … FILE_DONE ->  <- FILE_RESULT
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/crypto/blake3.hpp"
#include "core/wire/frame.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mesh::share {

// What the other side writes about itself ends up on screens: one harmless line of at most 200 bytes.
std::string peer_text(std::string_view text);
// The error that a peer named by a word of errc; denied when the word is not known.
error peer_error(std::string_view code, std::string_view message);
// True for what peer_error() made: the other side decided so.
bool said_by_peer(const error& reason);

class file_sender {
 public:
  enum class phase {
    offered,   // FILE_META is the first thing to send; the receiver decides
    sending,   // next() says what to read: first what the receiver says it has, to compare it
    verified,  // FILE_DONE was sent; the receiver checks
    finished,  // FILE_RESULT confirmed our hash
  };
  // send: false for bytes that the receiver says it has; they are only hashed and compared.
  struct piece {
    std::uint64_t offset = 0;
    std::size_t size = 0;
    bool send = true;
  };

  explicit file_sender(wire::file_meta meta) : meta_(std::move(meta)) {}

  const wire::file_meta& meta() const noexcept { return meta_; }
  phase now() const noexcept { return phase_; }

  // What to read now; nothing while the receiver decides and when everything was read.
  std::optional<piece> next() const noexcept;
  // content: the bytes of next(), or the first of them when they are to be sent.
  void took(bytes_view content);
  // The same for a hole, of which next() named the first bytes.
  void took_zeros(std::uint64_t count);
  // How many bytes of a hole that ends at `end` next() may stand for; 0 when it is read as it is.
  std::uint64_t hole_bytes(std::uint64_t end) const noexcept;
  // Where the bytes that are sent begin, once the receiver's are compared.
  std::optional<std::uint64_t> start() const noexcept {
    return phase_ == phase::offered || comparing() ? std::nullopt : std::optional(send_from_);
  }
  // The receiver has a place for extended attributes.
  bool takes_xattrs() const noexcept { return takes_xattrs_; }
  // It may be told that our rates hold us up.
  bool takes_waits() const noexcept { return takes_waits_; }
  // Bytes read and hashed so far.
  std::uint64_t compared() const noexcept { return offset_; }
  bool all_read() const noexcept { return phase_ == phase::sending && offset_ == meta_.size; }
  // After all_read(), once the source was checked.
  wire::file_done done();

  // A message of the receiver. Errors: its refusal (FILE_REJECT, FILE_RESULT) by its own code,
  // unexpected_message, offset_invalid for a position outside of the file, hash_mismatch when it confirms
  // another hash.
  result<void> on_message(const wire::p2p_message& message);
  // Under which name the receiver keeps the file; after finished.
  const std::string& name_there() const noexcept { return name_there_; }
  const std::string& hash() const noexcept { return hash_; }

 private:
  result<void> on_accept(const wire::file_accept& accept);
  result<void> on_result(const wire::file_result& outcome);
  bool comparing() const noexcept { return offset_ < send_from_; }
  std::uint64_t end_of_block() const noexcept;
  void compare();

  wire::file_meta meta_;
  phase phase_ = phase::offered;
  std::uint64_t offset_ = 0;     // read and hashed so far
  std::uint64_t send_from_ = 0;  // what lies before is (or, while comparing, is said to be) at the receiver
  std::vector<std::string> blocks_;
  std::uint64_t block_bytes_ = 0;
  bool takes_holes_ = false;  // the receiver understands FILE_HOLE
  bool takes_xattrs_ = false;
  bool takes_waits_ = false;
  std::size_t compared_ = 0;      // blocks that agree
  crypto::blake3_hasher agreed_;  // the state behind them
  crypto::blake3_hasher hasher_;
  std::string hash_;
  std::string name_there_;
};

}  // namespace mesh::share
