#include "agent/server_link/host_candidates.hpp"

#include "agent/server_link/proofs.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace mesh::server_link {
namespace {

std::vector<std::string> ips(const std::vector<wire::candidate>& list) {
  std::vector<std::string> out;
  for (const auto& c : list) out.push_back(c.ip);
  return out;
}

const std::vector<interface_address> machine_addresses = {
    {"lo", "127.0.0.1", true, true}, {"lo", "::1", true, true},
    {"eth0", "2001:db8::5"},         {"eth0", "fe80::1"},
    {"eth0", "192.168.1.50"},        {"eth1", "10.1.1.1", false, false},
    {"wlan0", "169.254.7.7"},        {"wg0", "fd00:1::2"},
    {"docker0", "172.17.0.1"},       {"br-5f3c", "172.18.0.1"},
    {"veth12", "172.19.0.1"},        {"virbr0", "192.168.122.1"},
};

TEST(host_candidates, are_the_addresses_that_others_can_reach) {
  const auto found = host_candidates(machine_addresses, 5000, false);
  EXPECT_EQ(ips(found), (std::vector<std::string>{"192.168.1.50", "2001:db8::5", "fd00:1::2"}));
  EXPECT_EQ(found.at(0).port, 5000);
  EXPECT_EQ(found.at(0).type, "host");
}

TEST(host_candidates, begin_with_loopback_when_the_server_is_on_this_machine) {
  const auto found = ips(host_candidates(machine_addresses, 5000, true));
  ASSERT_GE(found.size(), 2U);
  EXPECT_EQ(found[0], "127.0.0.1");
  EXPECT_EQ(found[1], "::1");
}

TEST(host_candidates, are_at_most_sixteen) {
  std::vector<interface_address> many;
  for (int i = 1; i < 40; ++i) many.push_back({"eth0", "10.0.0." + std::to_string(i)});
  EXPECT_EQ(host_candidates(many, 1, true).size(), 16U);
}

TEST(host_candidates, leave_out_addresses_that_name_nobody) {
  const std::vector<interface_address> odd = {
      {"eth0", "0.0.0.0"}, {"eth0", "224.0.0.1"},       {"eth0", "255.255.255.255"}, {"eth0", "::"},
      {"eth0", "ff02::1"}, {"eth0", "::ffff:10.0.0.1"}, {"eth0", "not an ip"},       {"eth0", "fe90::1"}};
  EXPECT_TRUE(host_candidates(odd, 1, true).empty());
}

TEST(interface_addresses, list_loopback_of_this_machine) {
  const auto all = interface_addresses();
  EXPECT_TRUE(std::ranges::any_of(all, [](const auto& a) { return a.loopback && a.ip == "127.0.0.1"; }));
}

TEST(proofs, are_signatures_that_serve_one_purpose_only) {
  const auto key = crypto::signing_key::generate();
  const auto verifies = [&](const std::string& proof, std::string_view text) {
    return key.verifier().verify(as_bytes(text), *from_base64url(proof));
  };
  EXPECT_TRUE(verifies(prove_device(key, "n", "usr_1", "laptop"), "mesh-device/1\nn\nusr_1\nlaptop"));
  EXPECT_TRUE(
      verifies(prove_enrolment(key, "n", "ABCD-EFGH", "laptop"), "mesh-enroll/1\nn\nABCD-EFGH\nlaptop"));
  EXPECT_TRUE(verifies(prove_device_code(key, "c", "laptop"), "mesh-device-code/1\nc\nlaptop"));
  EXPECT_TRUE(verifies(prove_refresh(key, "t"), "mesh-refresh/1\nt"));
  EXPECT_FALSE(verifies(prove_refresh(key, "t"), "mesh-device-code/1\nt"));
}

}  // namespace
}  // namespace mesh::server_link
