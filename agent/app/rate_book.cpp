#include "agent/app/rate_book.hpp"

#include "agent/app/kept_file.hpp"

#include <algorithm>

namespace mesh::app {
namespace {

constexpr auto file_name = "limits.json";

}  // namespace

result<rate_book> rate_book::open(const os::private_dir& dir, std::optional<std::uint64_t> configured) {
  auto table = read_kept<rate_table>(dir, file_name);
  if (!table) return pass(table);
  if (!table->chosen) table->rate = configured;
  return rate_book(dir, configured, std::move(*table));
}

result<void> rate_book::change(rate_table to) {
  if (auto kept = keep(*dir_, file_name, to); !kept) return kept;
  table_ = std::move(to);
  return {};
}

result<void> rate_book::set_all(std::optional<std::uint64_t> rate) {
  auto to = table_;
  to.chosen = true;
  to.rate = rate;
  return change(std::move(to));
}

result<void> rate_book::use_configured() {
  auto to = table_;
  to.chosen = false;
  to.rate = configured_;
  return change(std::move(to));
}

result<void> rate_book::set_device(const std::string& device_id, std::optional<std::uint64_t> rate) {
  auto to = table_;
  std::erase_if(to.devices, [&](const device_rate& d) { return d.device_id == device_id; });
  if (rate) to.devices.push_back({device_id, *rate});
  if (auto done = change(std::move(to)); !done) return done;
  std::erase(lifted_, device_id);
  if (!rate) lifted_.push_back(device_id);
  return {};
}

void rate_book::apply(share::rate_limits& to) const {
  to.limit_all(table_.rate);
  for (const auto& d : table_.devices) to.limit_device(device_id(d.device_id), d.rate);
  for (const auto& id : lifted_) to.limit_device(device_id(id), {});
}

}  // namespace mesh::app
