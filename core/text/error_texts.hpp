// The wording of every error code: cause and next step, in both languages.
#pragma once
#include "core/base/error.hpp"

#include <string_view>

namespace mesh::text {

// Whether the error's English detail is part of the sentence: yes where it names a file, an address, a value.
enum class show_detail { no, yes };

// Sentences without the final full stop. next may be empty where nothing can be advised.
struct error_text {
  errc code;
  show_detail detail;
  std::string_view cause_en;
  std::string_view next_en;
  std::string_view cause_fr;
  std::string_view next_fr;
};

const error_text& texts_of(errc code) noexcept;

// In the language of this process, without what to do about it and without the final full stop: for a place
// inside another sentence.
std::string_view cause_of(errc code) noexcept;

}  // namespace mesh::text
