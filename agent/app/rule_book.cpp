#include "agent/app/rule_book.hpp"

#include "agent/app/chosen_folders.hpp"
#include "agent/app/kept_file.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <utility>

namespace mesh::app {
namespace {

constexpr auto file_name = "rules.json";

struct kept_rules {
  std::vector<receive_rule> rules;
};
BOOST_DESCRIBE_STRUCT(kept_rules, (), (rules))

}  // namespace

result<rule_book> rule_book::open(const os::private_dir& dir) {
  auto kept = read_kept<kept_rules>(dir, file_name);
  if (!kept) return pass(kept);
  receive_rules rules;
  for (auto& rule : kept->rules)
    if (auto added = rules.add(std::move(rule)); !added)
      return fail(errc::state_unreadable, (dir.path() / file_name).string() + ": " + added.error().detail);
  return rule_book(dir, std::move(rules));
}

result<void> rule_book::change(receive_rules to) {
  if (auto kept = keep(*dir_, file_name, kept_rules{to.all()}); !kept) return kept;
  rules_ = std::move(to);
  return {};
}

result<void> rule_book::add(receive_rule rule) {
  auto to = rules_;
  if (auto added = to.add(std::move(rule)); !added) return added;
  return change(std::move(to));
}

result<void> rule_book::remove(rule_subject subject, const std::string& id) {
  auto to = rules_;
  if (auto removed = to.remove(subject, id); !removed) return removed;
  return change(std::move(to));
}

std::vector<std::filesystem::path> folders_of_rules(const os::private_dir& dir) {
  std::vector<std::filesystem::path> out;
  if (const auto book = rule_book::open(dir))
    for (const auto& rule : book->rules().all())
      if (rule.folder) out.emplace_back(*rule.folder);
  return out;
}

kept_rule_folders::reading kept_rule_folders::look(const std::filesystem::path& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) return {};
  return {facts.st_ino, facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
}

const std::vector<std::filesystem::path>& kept_rule_folders::now() {
  const std::pair present(look(state_ / file_name), look(chosen_folders_file(state_)));
  if (present == std::exchange(read_, present)) return folders_;
  if (const auto dir = os::private_dir::open(state_))
    for (auto& folder : folders_of_rules(*dir))
      if (std::ranges::find(folders_, folder) == folders_.end()) folders_.push_back(std::move(folder));
  folders_ = chosen_of(state_, std::move(folders_));
  return folders_;
}

}  // namespace mesh::app
