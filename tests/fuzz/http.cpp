// The entry of the server for bytes of strangers: requests, pipelines, bodies of every encoding, upgrades.
#include "tests/fuzz/connection.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <ranges>

namespace mesh::fuzz {
namespace {

std::vector<unsigned> statuses(const conversation& seen) {
  std::vector<unsigned> out;
  std::string_view rest;
  const auto answers = read_answers(seen, &rest);
  for (const auto& answer : answers) {
    out.push_back(answer.status);
    if (answer.status < 400) continue;
    require(answer.closes, "a refusal ends the connection");
    require(answer.body.starts_with(R"({"error":{"code":")") || answer.body.empty(), "an error is JSON");
  }
  require(answers.size() >= seen.requests.size(), "every request is answered");
  require(answers.size() <= seen.requests.size() + 1, "one refusal at most without a request");
  return out;
}

bool upgrades(const conversation& seen) {
  return std::ranges::any_of(seen.requests, [](const auto& r) { return r.starts_with("UPGRADE "); });
}

}  // namespace

void http(bytes_view data) {
  if (data.empty()) return;
  // The first byte says how long the pieces are.
  const auto piece_bytes = static_cast<std::size_t>(data[0]) % 32 + 1;
  data = data.subspan(1);
  if (data.size() > 4096) return;
  const auto at_once = talk({data});
  const auto in_pieces = talk(cut(data, piece_bytes));
  const auto first = statuses(at_once);
  const auto second = statuses(in_pieces);
  // Frames that come with the upgrade are refused, later ones are not. Beast counts the first line of a
  // header that arrives whole on top of its limit.
  if (upgrades(at_once) || upgrades(in_pieces)) return;
  if (std::ranges::count(first, 431U) + std::ranges::count(second, 431U) > 0) return;
  const auto answered = static_cast<std::ptrdiff_t>(at_once.requests.size());
  require(at_once.requests == in_pieces.requests, "requests do not depend on how the stream is cut");
  // A broken request is refused or, when the client went before the parser saw the fault, left unanswered.
  require(std::ranges::equal(std::views::take(first, answered), std::views::take(second, answered)),
          "answers do not depend on how the stream is cut");
}

}  // namespace mesh::fuzz
