#include "server/services/browser_endpoint.hpp"

#include "core/wire/json.hpp"
#include "server/services/ip_address.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace mesh::services {
namespace {

// Chromium makes a page wait longer before each attempt that follows failed ones.
constexpr std::size_t urls_max = 3;

constexpr int last_rank = 4;

struct place {
  ip_address ip;
  std::uint16_t port = 0;
  int rank = 0;
};

// What a page at this address most probably reaches; lower is better, nothing for what it cannot be.
class plausibility {
 public:
  plausibility(const std::optional<ip_address>& page, const std::optional<ip_address>& agent) : page_(page) {
    one_machine_ = page && agent && page->is_loopback() && agent->is_loopback();
    // Behind one address translation, or on the server's own network.
    inside_ = page && (page->is_private() || page->is_loopback() || page == agent);
  }

  std::optional<int> rank(const ip_address& ip) const {
    if (!ip.is_usable()) return std::nullopt;
    if (ip.is_loopback()) return one_machine_ ? std::optional(ip.is_v4() ? 0 : 1) : std::nullopt;
    if (page_ && ip.is_near(*page_)) return 2;
    return ip.is_private() == inside_ ? 3 : last_rank;
  }

 private:
  std::optional<ip_address> page_;
  bool one_machine_ = false;
  bool inside_ = false;
};

}  // namespace

std::vector<std::string> browser_urls(const models::online_device& agent, const std::string& page) {
  const auto seen = ip_address::parse(agent.remote_address);
  const plausibility judge(ip_address::parse(page), seen);
  std::vector<place> places;
  const auto add = [&](const ip_address& ip, std::uint16_t port) {
    const auto rank = judge.rank(ip);
    const bool known =
        std::ranges::any_of(places, [&](const place& p) { return p.ip == ip && p.port == port; });
    if (rank && !known && port != 0) places.push_back({ip, port, *rank});
  };
  for (const auto& candidate : agent.candidates)
    if (const auto ip = ip_address::parse(candidate.ip)) add(*ip, candidate.port);
  if (seen) add(*seen, agent.quic_port);
  std::vector<std::string> urls;
  for (int rank = 0; rank <= last_rank; ++rank)
    for (const auto& p : places)
      if (p.rank == rank && urls.size() < urls_max)
        urls.push_back(fmt::format("https://{}:{}/mesh", p.ip.host(), p.port));
  return urls;
}

std::optional<wire::webtransport_endpoint> browser_endpoint_of(const models::online_device* agent,
                                                               const models::online_device* page,
                                                               const std::string& key) {
  if (agent == nullptr || !agent->webtransport) return std::nullopt;
  auto urls = browser_urls(*agent, page == nullptr ? std::string() : page->remote_address);
  if (urls.empty()) return std::nullopt;
  return wire::webtransport_endpoint{std::move(urls), agent->webtransport->cert_sha256,
                                     agent->webtransport->signature, key};
}

result<void> check_webtransport(const wire::webtransport_info& said, const std::string& key,
                                const std::string& path) {
  const auto below = [&](error why) {
    why.field = wire::detail::join(path, why.field);
    return std::unexpected(std::move(why));
  };
  const auto der = from_base64url(key);
  const auto known = crypto::public_key::from_spki(der.value_or(bytes()));
  if (!known)
    return below(
        {errc::field_invalid, "only a device with an Ed25519 key vouches for certificates", "signature"});
  if (auto ok = wire::check_webtransport(said, *known); !ok) return below(std::move(ok).error());
  return {};
}

}  // namespace mesh::services
