#include "agent/app/consents.hpp"

#include "agent/os/atomic_file.hpp"
#include "agent/os/test_dir.hpp"
#include "core/base/log.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

struct consents_test : testing::Test {
  os::test_dir temp;
  os::private_dir dir = os::private_dir::open(temp / "state").value();
  wall_time now = wall_now();
  share::transfer_info offer;

  consents_test() {
    (void)log::configure("off");
    offer.transfer_id = "abc";
    offer.peer = {mesh::user_id{"usr_ana"}, mesh::device_id{"ana-laptop"}};
    offer.name = "a.bin";
    offer.size = 7;
  }
  share::consent of(const share::transfer_info& what, std::string_view key = "key") {
    return consents(dir, now).of(key, what, now);
  }
  bool holds(const share::transfer_info& what, std::string_view key = "key") {
    return of(what, key) == share::consent::given;
  }
  void set(const share::transfer_info& what, share::consent to) {
    consents(dir, now).set("key", what, to, now);
  }
  void yes(const share::transfer_info& to) { set(to, share::consent::given); }
};

TEST_F(consents_test, a_yes_is_for_one_offer_of_one_device_and_outlives_the_program) {
  EXPECT_FALSE(holds(offer));
  yes(offer);
  EXPECT_TRUE(holds(offer));
  EXPECT_FALSE(holds(offer, "another key"));
  auto other = offer;
  other.size = 8;
  EXPECT_FALSE(holds(other));
  other = offer;
  other.name = "b.bin";
  EXPECT_FALSE(holds(other));
  other = offer;
  other.transfer_id = "abd";
  EXPECT_FALSE(holds(other));
  other = offer;
  other.files = 1;
  EXPECT_FALSE(holds(other));
  other = offer;
  other.text = true;
  EXPECT_FALSE(holds(other));
  other = offer;
  other.peer.user = mesh::user_id{"usr_eve"};
  EXPECT_FALSE(holds(other));
  other = offer;
  other.peer.device = mesh::device_id{"eve-laptop"};
  EXPECT_FALSE(holds(other));
  set(offer, share::consent::over);
  EXPECT_FALSE(holds(offer));
}

TEST_F(consents_test, it_is_bounded_in_time_and_number) {
  yes(offer);
  now += consents::life + 1h;
  EXPECT_FALSE(holds(offer));
  consents all(dir, now);
  for (std::size_t i = 0; i <= consents::kept_max; ++i) {
    offer.name = std::to_string(i);
    all.set("key", offer, share::consent::given, now);
  }
  offer.name = "0";
  EXPECT_FALSE(holds(offer));
  offer.name = "1";
  EXPECT_TRUE(holds(offer));
  offer.name = "100";
  set(offer, share::consent::arrived);
  offer.name = "one more";
  yes(offer);
  offer.name = "1";
  EXPECT_TRUE(holds(offer)) << "what has arrived makes room first";
  offer.name = "100";
  EXPECT_EQ(of(offer), share::consent::over);
}

TEST_F(consents_test, what_has_arrived_is_known_until_its_sender_heard_and_is_no_yes_to_more) {
  set(offer, share::consent::arrived);
  EXPECT_EQ(of(offer), share::consent::over) << "nobody had agreed to it";
  yes(offer);
  set(offer, share::consent::arrived);
  EXPECT_EQ(of(offer), share::consent::arrived);
  set(offer, share::consent::over);
  EXPECT_EQ(of(offer), share::consent::over);
}

TEST_F(consents_test, a_damaged_file_counts_as_empty) {
  for (const std::string text : {"", "{", "[]", R"({"consents":[{"user":7}]})", R"({"consents":7})"}) {
    ASSERT_TRUE(os::write_file_atomically(dir, "consents.json", as_bytes(text)).has_value());
    EXPECT_FALSE(holds(offer));
    yes(offer);
    EXPECT_TRUE(holds(offer)) << "and is written anew";
  }
}

}  // namespace
}  // namespace mesh::app
