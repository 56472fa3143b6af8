// A string that must not leak: move-only, wiped when it dies, not printable or comparable by accident.
#pragma once
#include <string>
#include <string_view>

namespace mesh {

class secret {
 public:
  secret() = default;
  explicit secret(std::string text) noexcept;
  secret(secret&& other) noexcept;
  secret& operator=(secret&& other) noexcept;
  secret(const secret&) = delete;
  secret& operator=(const secret&) = delete;
  ~secret();

  // The only way to the text; every call is a place to review.
  std::string_view reveal() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  // A deliberate second copy.
  secret clone() const { return secret(text_); }

 private:
  void wipe() noexcept;
  std::string text_;
};

// Overwrites memory in a way the compiler keeps.
void wipe(void* data, std::size_t size) noexcept;
void wipe(std::string& text) noexcept;

}  // namespace mesh
