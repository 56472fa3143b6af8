#include "agent/app/completion.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::app {
namespace {

// The words that may follow a verb: its inner verbs and its options.
std::vector<std::string> words_after(const std::string& verb, std::span<const command_info> commands) {
  std::vector<std::string> words;
  const auto prefix = verb.empty() ? std::string() : verb + " ";
  for (const auto& c : commands) {
    if (c.verb == verb) words.insert(words.end(), c.options.begin(), c.options.end());
    if (c.verb.size() > prefix.size() && c.verb.starts_with(prefix) &&
        !c.verb.substr(prefix.size()).contains(' '))
      words.insert(words.begin(), c.verb.substr(prefix.size()));
  }
  if (verb == "completion") words.insert(words.end(), {"bash", "zsh", "fish"});
  return words;
}

// A case of a shell's `case "$verb" in`, one per verb.
std::string cases(std::span<const command_info> commands) {
  std::string out;
  for (const auto& c : commands)
    out +=
        fmt::format("    \"{}\") words=\"{}\" ;;\n", c.verb, fmt::join(words_after(c.verb, commands), " "));
  return out;
}

// The verb typed so far, out of the words before the cursor. Same text in bash and zsh.
std::string verb_finder(std::span<const command_info> commands) {
  std::vector<std::string> verbs;
  for (const auto& c : commands)
    if (!c.verb.empty()) verbs.push_back(fmt::format("\"{}\"", c.verb));
  return fmt::format(R"(    case "$candidate" in
      {}) verb="$candidate" ;;
    esac
)",
                     fmt::join(verbs, "|"));
}

std::string bash(std::span<const command_info> commands) {
  return fmt::format(R"(# bash completion of mesh-agent:  source <(mesh-agent completion bash)
_mesh_agent() {{
  local verb="" candidate word words="" current="${{COMP_WORDS[COMP_CWORD]}}"
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    candidate="${{verb:+$verb }}$word"
{}  done
  case "$verb" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$verb" in
    send|send-file|"ignore why") COMPREPLY+=($(compgen -f -- "$current")) ;;
  esac
}}
complete -o filenames -o bashdefault -F _mesh_agent mesh-agent
)",
                     verb_finder(commands), cases(commands));
}

// zsh names the words typed so far `words`, so the candidates need another name.
std::string zsh(std::span<const command_info> commands) {
  std::string choices;
  for (const auto& c : commands)
    choices +=
        fmt::format("    \"{}\") choices=({}) ;;\n", c.verb, fmt::join(words_after(c.verb, commands), " "));
  return fmt::format(R"(#compdef mesh-agent
# zsh completion of mesh-agent:  mesh-agent completion zsh > "${{fpath[1]}}/_mesh-agent"
_mesh_agent() {{
  local verb="" candidate word
  local -a choices
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    candidate="${{verb:+$verb }}$word"
{}  done
  case "$verb" in
{}  esac
  compadd -- $choices
  case "$verb" in
    send|send-file|"ignore why") _files ;;
  esac
}}
compdef _mesh_agent mesh-agent
)",
                     verb_finder(commands), choices);
}

std::string fish(std::span<const command_info> commands) {
  std::string out = "# fish completion of mesh-agent:  mesh-agent completion fish | source\n";
  for (const auto& c : commands) {
    std::string condition;
    if (c.verb.empty()) {
      condition = "__fish_use_subcommand";
    } else {
      std::string rest = c.verb;
      for (std::size_t space = 0; !rest.empty();
           rest = space == std::string::npos ? "" : rest.substr(space + 1)) {
        space = rest.find(' ');
        if (!condition.empty()) condition += "; and ";
        condition += "__fish_seen_subcommand_from " + rest.substr(0, space);
      }
    }
    for (const auto& word : words_after(c.verb, commands)) {
      if (word.starts_with("--"))
        out += fmt::format("complete -c mesh-agent -n '{}' -l {}\n", c.verb.empty() ? "true" : condition,
                           word.substr(2));
      else
        out += fmt::format("complete -c mesh-agent -f -n '{}' -a {}\n", condition, word);
    }
  }
  return out;
}

}  // namespace

result<std::string> completion_script(std::string_view shell, std::span<const command_info> commands) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  return fail(errc::usage, "bash, zsh or fish is expected", "SHELL");
}

}  // namespace mesh::app
