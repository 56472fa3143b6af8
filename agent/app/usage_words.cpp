#include "agent/app/usage_words.hpp"

#include "core/text/catalogue.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::app {
namespace {

using text::tr;

// Two letters that changed places count so much, too.
constexpr std::size_t slips_max = 2;

// Levenshtein: letters to add, to drop or to replace.
std::size_t slips_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

std::vector<std::string> commands_in(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* one : app.get_subcommands([](const CLI::App*) { return true; }))
    out.push_back(one->get_name());
  return out;
}

std::vector<std::string> options_of(const CLI::App& program, const CLI::App& command) {
  std::vector<std::string> out;
  for (const auto* app : {&program, &command})
    for (const auto* option : app->get_options())
      for (const auto& name : option->get_lnames()) out.push_back("--" + name);
  return out;
}

std::string unknown_word(const CLI::App& program, const CLI::App& command, const std::string& typed) {
  const bool option = typed.starts_with('-');
  const auto inner = commands_in(command);
  auto said = tr(option          ? "usage.unknown_option"
                 : inner.empty() ? "usage.extra_word"
                                 : "usage.unknown_command",
                 typed);
  const auto near = nearest_word(typed, option ? options_of(program, command) : inner);
  return near.empty() ? said : fmt::format("{}, {}", said, tr("usage.meant", near));
}

// A number as a person writes it: "0.001000" without its last zeros.
std::string shortest(std::string number) {
  if (!number.contains('.')) return number;
  while (number.ends_with('0')) number.pop_back();
  if (number.ends_with('.')) number.pop_back();
  return number;
}

// "A", "B" of a sentence of CLI11 such as "A requires B"; both empty when it is another one.
std::pair<std::string, std::string> around(std::string_view said, std::string_view between) {
  const auto at = said.find(between);
  if (at == std::string_view::npos) return {};
  return {std::string(said.substr(0, at)), std::string(said.substr(at + between.size()))};
}

// what: "sometimes not in {ask,auto}", "Value 0 not in range 1 to 5". otherwise: when it is none of these.
std::string refused_value(const std::string& name, const std::string& what, const std::string& otherwise) {
  if (const auto [value, set] = around(what, " not in {"); set.ends_with('}')) {
    std::string choices;
    for (const char c : set.substr(0, set.size() - 1))
      choices += c == ',' ? std::string(", ") : std::string(1, c);
    return tr("usage.one_of", name, value, choices);
  }
  constexpr std::string_view begin = "Value ";
  if (const auto [value, range] = around(what, " not in range "); value.starts_with(begin))
    if (const auto [least, most] = around(range, " to "); !least.empty())
      return tr("usage.range", name, value.substr(begin.size()), shortest(least), shortest(most));
  return otherwise;
}

constexpr std::string_view not_converted = "Could not convert: ";

std::string words_of(const CLI::App& program, const CLI::App& command, const CLI::ParseError& why) {
  std::string said = why.what();
  const auto left = program.remaining(true);
  switch (static_cast<CLI::ExitCodes>(why.get_exit_code())) {
    case CLI::ExitCodes::ExtrasError:
      if (!left.empty()) return unknown_word(program, command, left.front());
      break;
    case CLI::ExitCodes::RequiredError: {
      const auto inner = commands_in(command);
      if (!inner.empty())
        return left.empty() ? tr("usage.command_missing", fmt::format("{}", fmt::join(inner, ", ")))
                            : unknown_word(program, command, left.front());
      if (const auto [name, rest] = around(said, " is required"); !name.empty() && rest.empty())
        return tr("usage.missing", name);
      break;
    }
    case CLI::ExitCodes::ArgumentMismatch:
      if (const auto [name, rest] = around(said, ": 1 required "); !name.empty())
        return tr("usage.value_missing", name);
      if (const auto [name, rest] = around(said, ": At least "); !name.empty())
        if (const auto [wanted, came] = around(rest, " required but received "); !wanted.empty())
          return tr(came == "1" ? "usage.at_least.one" : "usage.at_least", name, wanted, came);
      break;
    case CLI::ExitCodes::ValidationError:
      if (const auto [name, what] = around(said, ": "); !name.empty()) return refused_value(name, what, said);
      break;
    case CLI::ExitCodes::ConversionError:
      if (const auto [what, value] = around(said, " = "); what.starts_with(not_converted))
        return tr("usage.not_a_value", what.substr(not_converted.size()), value);
      break;
    case CLI::ExitCodes::RequiresError:
      if (const auto [name, other] = around(said, " requires "); !name.empty())
        return tr("usage.needs", name, other);
      break;
    case CLI::ExitCodes::ExcludesError:
      if (const auto [name, other] = around(said, " excludes "); !name.empty())
        return tr("usage.excludes", name, other);
      break;
    default:
      break;
  }
  return said;
}

}  // namespace

std::string nearest_word(std::string_view typed, std::span<const std::string> known) {
  std::string out;
  // Of a short word too little would be left to tell what was meant.
  auto best = std::min(slips_max, typed.size() / 2) + 1;
  for (const auto& word : known)
    if (const auto slips = slips_between(typed, word); slips < best) {
      best = slips;
      out = word;
    }
  return out;
}

error usage_error(const CLI::App& program, const CLI::App& command, const CLI::ParseError& why) {
  std::vector<std::string> path;
  for (const auto* at = &command; at->get_parent() != nullptr; at = at->get_parent())
    path.insert(path.begin(), at->get_name());
  return {errc::usage, words_of(program, command, why), fmt::format("{}", fmt::join(path, " "))};
}

}  // namespace mesh::app
