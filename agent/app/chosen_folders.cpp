#include "agent/app/chosen_folders.hpp"

#include "agent/app/kept_file.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <string>
#include <system_error>

namespace mesh::app {
namespace {

constexpr auto file_name = "folders.json";

struct chosen {
  std::vector<std::string> folders;  // the newest last
};
BOOST_DESCRIBE_STRUCT(chosen, (), (folders))

}  // namespace

std::filesystem::path chosen_folders_file(const std::filesystem::path& state) {
  return state.parent_path() / (state.filename().string() + "-folders") / file_name;
}

result<void> choose_folder(const std::filesystem::path& state, const std::filesystem::path& folder) {
  auto dir = os::private_dir::open(chosen_folders_file(state).parent_path());
  if (!dir) return pass(dir);
  auto kept = read_kept<chosen>(*dir, file_name);
  if (!kept) return std::unexpected(kept.error());
  std::erase(kept->folders, folder.string());
  if (kept->folders.size() >= limits::receive_rules_max) kept->folders.erase(kept->folders.begin());
  kept->folders.push_back(folder.string());
  return keep(*dir, file_name, *kept);
}

std::vector<std::filesystem::path> chosen_of(const std::filesystem::path& state,
                                             std::vector<std::filesystem::path> wanted) {
  const auto dir = os::private_dir::open(chosen_folders_file(state).parent_path());
  const auto kept = dir ? read_kept<chosen>(*dir, file_name) : result<chosen>(chosen());
  std::erase_if(wanted, [&](const auto& folder) {
    return !kept || std::ranges::find(kept->folders, folder.string()) == kept->folders.end();
  });
  return wanted;
}

std::vector<std::filesystem::path> chosen_at_start(const std::filesystem::path& state,
                                                   std::vector<std::filesystem::path> wanted) {
  std::error_code code;
  if (!std::filesystem::exists(chosen_folders_file(state), code)) {
    chosen all;
    for (const auto& folder : wanted) all.folders.push_back(folder.string());
    if (const auto dir = os::private_dir::open(chosen_folders_file(state).parent_path()))
      (void)keep(*dir, file_name, all);  // tried again at the next start
  }
  return chosen_of(state, std::move(wanted));
}

}  // namespace mesh::app
