// The details that detail_in() knows: what people who send and receive files meet.
#pragma once
#include <span>
#include <string_view>

namespace mesh::text {

// en: as the program says it, # for each number; fr has as many, in the same order.
struct detail_text {
  std::string_view en;
  std::string_view fr;
};
std::span<const detail_text> detail_texts() noexcept;

}  // namespace mesh::text
