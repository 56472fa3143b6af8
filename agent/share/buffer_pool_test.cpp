#include "agent/share/buffer_pool.hpp"

#include "core/base/aligned_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

constexpr std::size_t head = 13;
constexpr std::size_t content = 1000;

std::size_t content_after_line(const std::shared_ptr<std::byte[]>& buffer) {
  return reinterpret_cast<std::uintptr_t>(buffer.get() + head) % cache_line_bytes;
}

TEST(BufferPool, TheContentOfEveryBufferBeginsOnACacheLine) {
  buffer_pool pool(5, head, content);
  std::vector<std::shared_ptr<std::byte[]>> lent;
  for (auto buffer = pool.take(); buffer; buffer = pool.take()) {
    EXPECT_EQ(content_after_line(buffer), 0U);
    std::fill_n(buffer.get(), head + content, std::byte{7});  // all of it is ours: the sanitizer watches
    lent.push_back(std::move(buffer));
  }
  EXPECT_EQ(lent.size(), 5U);
  lent.clear();
  EXPECT_EQ(content_after_line(pool.take()), 0U);
}

TEST(BufferPool, ALentBufferComesBackWithItsLastCopyAndOutlivesThePool) {
  int told = 0;
  std::shared_ptr<std::byte[]> kept;
  {
    buffer_pool pool(1, head, content);
    pool.on_return([&] { ++told; });
    auto first = pool.take();
    auto second = first;
    EXPECT_EQ(pool.take(), nullptr);
    first.reset();
    EXPECT_EQ(told, 0);
    second.reset();
    EXPECT_EQ(told, 1);
    kept = pool.take();
    ASSERT_NE(kept, nullptr);
  }
  std::fill_n(kept.get(), head + content, std::byte{7});
  kept.reset();
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace mesh::share
