#include "agent/share/known_prefix.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <utility>

namespace mesh::share {
namespace {

constexpr auto journal_block = limits::resume_block_bytes;

// The smallest power of two of journal blocks of which the length has no more than the bound. Of a long file
// whose journal ends between two of those, the smallest size that divides what the journal holds: what lies
// behind may be lost to a power cut, and nothing before it shall come again.
std::uint64_t block_bytes_for(std::uint64_t length, std::uint64_t in_journal) noexcept {
  auto out = journal_block;
  while (length / out >= limits::resume_blocks_max) out *= 2;
  if (in_journal % out == 0) return out;
  for (auto count = std::min(limits::resume_blocks_max - 1, in_journal / journal_block); count > 0; --count) {
    const auto size = in_journal / count;
    const auto behind = (length - in_journal + size - 1) / size;
    if (size * count == in_journal && count + behind <= limits::resume_blocks_max) return size;
  }
  return out;
}

}  // namespace

known_prefix::known_prefix(std::uint64_t length, std::vector<std::string> journal)
    : length_(length),
      journal_(std::move(journal)),
      block_bytes_(block_bytes_for(length, std::min(length, journal_.size() * journal_block))) {}

std::optional<known_prefix::piece> known_prefix::next() const noexcept {
  if (hashed_ == length_) return std::nullopt;
  const auto block_end = std::min(
      {length_, (hashed_ / journal_block + 1) * journal_block, (hashed_ / block_bytes_ + 1) * block_bytes_});
  const auto size = std::min<std::uint64_t>(block_end - hashed_, limits::chunk_bytes);
  return piece{hashed_, static_cast<std::size_t>(size)};
}

void known_prefix::took(bytes_view content) {
  hasher_.update(content);
  hashed_ += content.size();
  if (hashed_ % journal_block == 0 || hashed_ % block_bytes_ == 0 || hashed_ == length_) end_of_block();
}

void known_prefix::end_of_block() {
  const auto index = static_cast<std::size_t>(hashed_ / journal_block) - 1;
  const bool in_journal = hashed_ % journal_block == 0 && index < journal_.size();
  if (in_journal && hasher_.hex() != journal_[index]) {
    // A power loss, or somebody wrote to it: the last block that agreed is as far as it can be trusted.
    hashed_ = length_ = trusted_.end;
    while (!marks_.empty() && marks_.back().end > length_) marks_.pop_back();
    if (length_ > 0 && (marks_.empty() || marks_.back().end < length_)) marks_.push_back(std::move(trusted_));
    return;
  }
  if (in_journal) trusted_ = {hashed_, hasher_.clone(), journal_[index]};
  if (hashed_ % block_bytes_ == 0 || hashed_ == length_)
    marks_.push_back({hashed_, hasher_.clone(), hasher_.hex()});
}

}  // namespace mesh::share
