#include "agent/share/snippet_sink.hpp"

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"

#include <utility>

namespace mesh::share {
namespace {

class snippet_sink final : public file_sink {
 public:
  explicit snippet_sink(std::function<void(std::string)> taken) : taken_(std::move(taken)) {}

  result<sink_start> open(const sink_file& file) override {
    if (file.size > limits::snippet_bytes_max) return fail(errc::too_large, "a text of this size is a file");
    name_ = file.name;
    text_.reserve(static_cast<std::size_t>(file.size));
    return sink_start{};
  }
  result<void> write(std::uint64_t, bytes_view data) override {
    if (text_.size() + data.size() > limits::snippet_bytes_max)
      return fail(errc::too_large, "a text of this size is a file");
    text_ += as_text(data);
    return {};
  }
  result<void> flush() override {
    if (!valid_utf8(text_)) return fail(errc::invalid_utf8, "the text is not UTF-8");
    return {};
  }
  result<std::string> commit() override { return name_; }
  void on_committed() override { taken_(std::move(text_)); }
  void abandon(bool) noexcept override { text_.clear(); }
  std::string path() const override { return {}; }

 private:
  std::function<void(std::string)> taken_;
  std::string name_;
  std::string text_;
};

}  // namespace

std::unique_ptr<file_sink> make_snippet_sink(std::function<void(std::string text)> taken) {
  return std::make_unique<snippet_sink>(std::move(taken));
}

}  // namespace mesh::share
