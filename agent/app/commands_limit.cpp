#include "agent/app/commands.hpp"
#include "agent/app/peer_choice.hpp"
#include "agent/app/rate_book.hpp"
#include "agent/app/table.hpp"
#include "agent/app/transfer_view.hpp"
#include "agent/config/rate.hpp"
#include "agent/debug/format.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace mesh::app {
namespace {

using text::tr;

std::string words(std::optional<std::uint64_t> rate) {
  return rate ? debug::format_bytes(*rate) + tr("progress.per_second") : tr("limit.none");
}

void show(const rate_table& rates) {
  table out({tr("limit.head.what"), tr("limit.head.rate"), tr("limit.head.origin")});
  out.add({tr("limit.all"), words(rates.rate), tr(rates.chosen ? "limit.chosen" : "limit.configured")});
  for (const auto& d : rates.devices) out.add({d.device_id, words(d.rate), tr("limit.chosen")});
  print(out.str());
}

// The machines that a person means: one, all of that person's, or one that has a rate of its own already.
result<std::vector<std::string>> machines_named(asker& agent, const std::string& wanted) {
  const auto kept = agent.ask("limit", {{"action", "show"}});
  if (!kept) return std::unexpected(kept.error());
  const auto rates = wire::from_json<rate_table>(wire::json_value(*kept));
  if (rates && std::ranges::find(rates->devices, wanted, &device_rate::device_id) != rates->devices.end())
    return std::vector{wanted};
  const auto peers = agent.get<wire::device_list>("/api/devices?scope=peers");
  if (!peers) return std::unexpected(peers.error());
  std::vector<std::string> of_person;
  for (const auto& d : peers->devices) {
    if (d.device_id.str() == wanted) return std::vector{wanted};
    if (d.username == wanted && d.kind == "agent") of_person.push_back(d.device_id.str());
  }
  if (!of_person.empty()) return of_person;
  auto one = choose_peer(peers->devices, wanted, {});
  if (!one) return pass(one);
  return std::vector{one->device_id.str()};
}

}  // namespace

result<void> limit_agent(context& c) {
  wire::json_object body{{"action", "show"}};
  if (c.asked.rate == "default") {
    body["action"] = "default";
  } else if (!c.asked.rate.empty()) {
    const auto rate = config::parse_rate(c.asked.rate);
    if (!rate) return fail(errc::usage, tr("usage.rate", escape_controls(c.asked.rate)), "RATE");
    body["action"] = *rate ? "set" : "off";
    if (*rate) body["rate"] = **rate;
  } else if (!c.asked.peer.empty()) {
    return fail(errc::usage, "--peer needs a RATE", "RATE");
  }
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  std::vector<std::string> machines;
  if (!c.asked.peer.empty()) {
    auto named = machines_named(**agent, c.asked.peer);
    if (!named) return pass(named);
    machines = std::move(*named);
  }
  result<wire::json_object> answer = machines.empty() ? (*agent)->ask("limit", body) : wire::json_object();
  for (const auto& id : machines) {
    body["device_id"] = id;
    answer = (*agent)->ask("limit", body);
    if (!answer) break;
  }
  if (!answer) return pass(answer);
  const auto rates = wire::from_json<rate_table>(wire::json_value(*answer));
  if (!rates) return std::unexpected(rates.error());
  if (c.asked.json)
    print_json(std::move(*answer));
  else
    show(*rates);
  return {};
}

result<void> limit_transfer(context& c) {
  const auto rate = config::parse_rate(c.asked.rate);
  if (!rate) return fail(errc::usage, tr("usage.rate", escape_controls(c.asked.rate)), "RATE");
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  wire::json_object body{{"transfer_id", c.asked.transfer}, {"action", "limit"}};
  if (*rate) body["rate"] = **rate;
  const auto done = (*agent)->ask("transfer_control", std::move(body));
  if (!done) return std::unexpected(done.error());
  const auto shown = answered_name(*done, c.asked.transfer);
  print((*rate ? tr("transfers.done.limit", shown, words(*rate)) : tr("transfers.done.unlimited", shown)) +
        "\n");
  return {};
}

}  // namespace mesh::app
