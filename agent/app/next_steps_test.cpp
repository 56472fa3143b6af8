#include "agent/app/next_steps.hpp"

#include "agent/app/texts.hpp"
#include "core/text/catalogue.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

wire::json_object answer(std::string_view was, std::string_view direction = "out") {
  return {{"transfer_id", "T1"},
          {"name", "a.txt"},
          {"device_id", "device-b"},
          {"was", was},
          {"direction", direction}};
}

struct next_steps : testing::Test {
  next_steps() { text::add(command_texts()); }
};

TEST_F(next_steps, a_cancel_says_who_knows_of_it_and_who_may_have_the_file) {
  EXPECT_EQ(words_after("cancel", answer("running"), "1"), "a.txt is canceled, here and at device-b.\n");
  EXPECT_EQ(words_after("cancel", answer("queued"), "1"), "a.txt is canceled.\n");
  EXPECT_EQ(words_after("cancel", answer("paused", "in"), "1"),
            "a.txt is canceled; device-b hears of it when it tries again.\n");
  auto complete = answer("running");
  complete["complete"] = true;
  EXPECT_EQ(words_after("cancel", complete, "1"),
            "a.txt is canceled; device-b had received all of it and may keep it.\n");
  auto unheard = complete;
  unheard["untold"] = true;
  EXPECT_EQ(words_after("cancel", unheard, "1"),
            "a.txt is canceled; device-b hears of it as soon as it is there.\n");
  auto again = answer("queued");
  again["again"] = true;
  EXPECT_EQ(words_after("cancel", again, "1"),
            "a.txt is canceled.\nTo send it after all:  mesh-agent transfers retry T1\n");
}

TEST_F(next_steps, a_stopped_send_says_the_same) {
  EXPECT_EQ(words_of_stopped_send("", true), "Canceled before anything was sent.\n");
  for (const auto& [told, words] :
       {std::pair(told_there::at_once, "Canceled, here and at b."),
        {told_there::later, "Canceled; b hears of it as soon as it is there."},
        {told_there::never, "Canceled here; b did not answer and still expects it."},
        {told_there::waited, "Canceled while it waited for b."},
        {told_there::unreached, "Canceled before anything of it reached b."},
        {told_there::complete, "Canceled; b had received all of it and may keep it."}})
    EXPECT_EQ(words_of_stopped_send("b", true, {{"one", told}}),
              std::string(words) + " The same command goes on where this one stopped.\n");
}

TEST_F(next_steps, a_stopped_send_of_several_names_those_that_may_be_kept) {
  EXPECT_EQ(words_of_stopped_send("b", false, {{"one", told_there::unreached}, {"two", told_there::at_once}}),
            "Canceled, here and at b.\n");
  EXPECT_EQ(words_of_stopped_send("b", false, {{"one", told_there::complete}, {"two", told_there::at_once}}),
            "Canceled, here and at b.\none is canceled; b had received all of it and may keep it.\n");
  EXPECT_EQ(words_of_stopped_send("b", false, {{"one", told_there::at_once}, {"two", told_there::later}}),
            "Canceled; b hears of it as soon as it is there.\n");
}

}  // namespace
}  // namespace mesh::app
