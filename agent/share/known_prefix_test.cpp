#include "agent/share/known_prefix.hpp"

#include "agent/share/resume_journal.hpp"
#include "core/base/limits.hpp"

#include <random>

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

constexpr auto block = limits::resume_block_bytes;

bytes content_of(std::size_t size) {
  bytes out(size);
  std::uint64_t state = size;
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    for (std::size_t i = 0; i < 8; ++i) out[at + i] = static_cast<std::byte>(state >> (8 * i));
  }
  return out;
}

std::string hash_of(bytes_view content, std::uint64_t end) {
  return crypto::blake3_hex(content.first(static_cast<std::size_t>(end)));
}

void read_all(known_prefix& prefix, bytes_view content) {
  while (const auto piece = prefix.next())
    prefix.took(content.subspan(static_cast<std::size_t>(piece->offset), piece->size));
}

TEST(known_prefix_marks, stand_at_the_end_of_each_block_and_of_the_whole) {
  const auto content = content_of(2 * block + 3 * limits::chunk_bytes);
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{limits::chunk_bytes}, block - limits::chunk_bytes, block,
        block + limits::chunk_bytes, 2 * block, content.size()}) {
    known_prefix prefix(length, {});
    read_all(prefix, content);
    EXPECT_EQ(prefix.length(), length);
    EXPECT_EQ(prefix.block_bytes(), block);
    const auto marks = prefix.take_marks();
    ASSERT_EQ(marks.size(), (length + block - 1) / block);
    for (std::size_t i = 0; i < marks.size(); ++i) {
      EXPECT_EQ(marks[i].end, std::min(length, (i + 1) * block));
      EXPECT_EQ(marks[i].hash, hash_of(content, marks[i].end));
      EXPECT_EQ(marks[i].state.hex(), marks[i].hash);
    }
  }
}

TEST(known_prefix_marks, end_before_the_first_block_that_the_journal_contradicts) {
  const auto content = content_of(3 * block);
  std::vector<std::string> journal;
  for (std::uint64_t i = 1; i <= 3; ++i) journal.push_back(hash_of(content, i * block));
  for (std::size_t bad = 0; bad < 3; ++bad) {
    auto damaged = content;
    damaged[bad * block + 5] ^= std::byte{1};
    known_prefix prefix(3 * block, journal);
    read_all(prefix, damaged);
    EXPECT_EQ(prefix.length(), bad * block);
    EXPECT_EQ(prefix.take_marks().size(), bad);
  }
}

TEST(known_prefix_marks, are_few_enough_for_one_message_however_long_the_file) {
  for (const auto length : {511 * block, 512 * block, 513 * block, 100'000 * block, limits::file_bytes_max}) {
    const known_prefix prefix(length, {});
    const auto blocks = (length + prefix.block_bytes() - 1) / prefix.block_bytes();
    EXPECT_LE(blocks, limits::resume_blocks_max);
    EXPECT_EQ(prefix.block_bytes() % block, 0U);
  }
}

// What lies behind the journal may be lost to a power cut; nothing that it bears out shall come again.
TEST(known_prefix_marks, one_stands_where_the_journal_of_a_long_file_ends) {
  for (const std::uint64_t blocks : {513UL, 521UL, 1023UL, 1024UL, 40'009UL, 65'521UL})
    for (const std::uint64_t behind : {std::uint64_t{0}, limits::chunk_bytes, 5 * block}) {
      const auto length = blocks * block + behind;
      const known_prefix prefix(length, std::vector<std::string>(blocks, std::string(64, 'a')));
      EXPECT_EQ(blocks * block % prefix.block_bytes(), 0U) << blocks;
      EXPECT_GE(prefix.block_bytes(), block);
      EXPECT_LE((length + prefix.block_bytes() - 1) / prefix.block_bytes(), limits::resume_blocks_max);
      EXPECT_LE(prefix.block_bytes(), 2 * blocks * block / limits::resume_blocks_max + block)
          << "not coarser";
    }
}

const part_identity photo{"usr_1", "device-a", "photo.jpg", 123'456'789, 1'700'000'000'123};

TEST(resume_journals, are_read_as_they_were_written) {
  const std::vector<std::string> hashes = {std::string(64, 'a'), std::string(64, '0'), std::string(64, '9')};
  auto text = journal_header(photo, 77);
  for (std::size_t i = 0; i < hashes.size(); ++i) text += journal_line(i, hashes[i]);
  const auto journal = parse_journal(text);
  ASSERT_TRUE(journal.has_value());
  EXPECT_EQ(journal->file, photo);
  EXPECT_EQ(journal->inode, 77U);
  EXPECT_EQ(journal->hashes, hashes);
}

TEST(resume_journals, that_are_torn_anywhere_hold_a_beginning_of_what_was_written) {
  const std::string hash(64, 'b');
  auto text = journal_header(photo, 77);
  const auto header_bytes = text.size();
  for (std::uint64_t i = 0; i < 4; ++i) text += journal_line(i, hash);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto journal = parse_journal(std::string_view(text).substr(0, cut));
    ASSERT_EQ(journal.has_value(), cut >= header_bytes) << cut;
    if (journal) {
      ASSERT_EQ(journal->hashes.size(), (cut - header_bytes) / journal_line(0, hash).size()) << cut;
    }
  }
}

TEST(resume_journals, of_others_and_of_nobody_are_none) {
  for (const auto* text : {"", "\n", "{}\n", "[]\n", "photo\n", "{\"mesh_part\":2}\n", "\0\0\0\n"})
    EXPECT_FALSE(parse_journal(text).has_value()) << text;
  EXPECT_FALSE(parse_journal(std::string(100'000, '[') + "\n").has_value());
}

TEST(resume_journals, survive_any_damage) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  auto text = journal_header(photo, 77);
  for (std::uint64_t i = 0; i < 4; ++i) text += journal_line(i, std::string(64, 'c'));
  for (int round = 0; round < 2000; ++round) {
    auto damaged = text;
    for (auto changes = random() % 4 + 1; changes > 0; --changes)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto journal = parse_journal(damaged);
    if (journal) {
      EXPECT_LE(journal->hashes.size(), 4U);
    }
  }
}

}  // namespace
}  // namespace mesh::share
