#include "agent/share/folder_sink.hpp"

namespace mesh::share {
namespace {

class arrived_folder_sink final : public folder_sink {
 public:
  arrived_folder_sink(std::unique_ptr<growing_folder> folder, kept_files kept)
      : folder_sink(std::move(folder), std::move(kept)) {}

  result<void> begin(std::uint64_t entry, std::uint64_t) override {
    if (entries()[entry].size == 0) return {};
    folder_->earlier.disown();
    return fail(errc::busy, "what arrived by this transfer is not what is offered now");
  }
  result<void> write(std::uint64_t, bytes_view) override { return nothing_comes(); }
  result<void> skip(std::uint64_t, std::uint64_t) override { return nothing_comes(); }
  // It has them.
  result<void> set_xattrs(std::optional<std::uint64_t>, std::span<const wire::extended_attribute>) override {
    return {};
  }
  result<void> end() override { return {}; }
  void drop(std::uint64_t) noexcept override {}
  std::move_only_function<void()> checkpoint() const override { return {}; }
  result<void> finish() override { return {}; }
  // What was begun for another copy goes.
  result<std::string> commit() override {
    if (auto gone = folder_->remove_part(); !gone) return pass(gone);
    return current_ = folder_->earlier.arrived_as();
  }

 private:
  static result<void> nothing_comes() { return fail(errc::write_failed, "all of the folder arrived before"); }
};

}  // namespace

std::unique_ptr<folder_sink> make_arrived_sink(std::unique_ptr<growing_folder> folder, kept_files kept) {
  return std::make_unique<arrived_folder_sink>(std::move(folder), std::move(kept));
}

}  // namespace mesh::share
