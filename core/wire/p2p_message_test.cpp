#include "core/wire/p2p_message.hpp"

#include <boost/mp11/algorithm.hpp>
#include <gtest/gtest.h>

namespace mesh::wire {
namespace {

const std::string hash = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
const std::string proof =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw";
const std::string binding = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

template <class T>
T parsed(std::string_view text) {
  auto message = parse_p2p_message(text);
  if (!message) {
    ADD_FAILURE() << message.error().detail;
    return {};
  }
  EXPECT_TRUE(std::holds_alternative<T>(*message));
  return std::get<T>(std::move(*message));
}

TEST(first_agent, test_file_message_meta_serialization) {
  const file_meta meta{"tr-1", "plan.pdf", 3, std::nullopt, 1767567600000, 0644};
  const auto text = render_p2p_message(meta);
  EXPECT_NE(text.find(R"("hash":null)"), std::string::npos) << text;
  const auto again = parsed<file_meta>(text);
  EXPECT_EQ(again.name, "plan.pdf");
  EXPECT_EQ(again.size, 3U);
  EXPECT_FALSE(again.hash);
  EXPECT_EQ(again.mtime, 1767567600000);
  EXPECT_EQ(again.mode, 0644U);
}

TEST(first_agent, test_file_message_done_serialization) {
  const auto text = render_p2p_message(file_done{hash, 3});
  EXPECT_EQ(text, R"({"type":"FILE_DONE","hash":")" + hash + R"(","size":3})");
  EXPECT_EQ(parsed<file_done>(text).hash, hash);
}

TEST(first_agent, test_file_message_tag_format) {
  EXPECT_TRUE(render_p2p_message(file_meta{}).starts_with(R"({"type":"FILE_META",)"));
  EXPECT_TRUE(render_p2p_message(file_accept{}).starts_with(R"({"type":"FILE_ACCEPT",)"));
  EXPECT_TRUE(render_p2p_message(file_done{}).starts_with(R"({"type":"FILE_DONE",)"));
}

TEST(first_agent, test_p2p_hello_serialization) {
  const p2p_hello hello{mesh::session_id("ses_1"), "a.b.c", 1, binding, std::nullopt, std::nullopt};
  const auto text = render_p2p_message(hello);
  EXPECT_EQ(text, R"({"type":"P2P_HELLO","session_id":"ses_1","token":"a.b.c","version":1,"binding":")" +
                      binding + R"("})");
  EXPECT_EQ(parsed<p2p_hello>(text).token, "a.b.c");
}

TEST(first_agent, test_p2p_response_ok) {
  const auto text = render_p2p_message(p2p_ok{mesh::session_id("ses_1"), 1});
  EXPECT_EQ(text, R"({"type":"P2P_OK","session_id":"ses_1","version":1})");
  EXPECT_EQ(parsed<p2p_ok>(text).session_id.str(), "ses_1");
}

TEST(first_agent, test_p2p_response_deny) {
  const auto text = render_p2p_message(p2p_deny{std::nullopt, "token_expired", "the token has expired"});
  EXPECT_EQ(text, R"({"type":"P2P_DENY","code":"token_expired","message":"the token has expired"})");
  EXPECT_EQ(parsed<p2p_deny>(text).code, "token_expired");
}

TEST(first_agent, test_terminal_message_resize) {
  const auto text = render_p2p_message(term_resize{120, 40});
  EXPECT_EQ(text, R"({"type":"TERM_RESIZE","cols":120,"rows":40})");
  EXPECT_EQ(parsed<term_resize>(text).rows, 40);
}

TEST(first_agent, test_all_message_types_have_type_field) {
  boost::mp11::mp_for_each<p2p_message>([](auto message) {
    const auto text = render_p2p_message(message);
    EXPECT_TRUE(text.starts_with(R"({"type":")" + std::string(message.type) + "\"")) << text;
    EXPECT_EQ(type_of(message), message.type);
  });
}

TEST(p2p_message, unknown_keys_are_for_later_versions) {
  EXPECT_EQ(parsed<file_progress>(R"({"later":{"a":1},"offset":5,"type":"FILE_PROGRESS"})").offset, 5U);
}

TEST(p2p_message, what_is_not_of_its_form_is_refused_by_name) {
  const std::string big(66'000, 'x');
  const std::string deep = R"({"type":"P2P_OK","session_id":"s","version":1,"x":[[[[[[[[[]]]]]]]]]})";
  const struct {
    std::string text;
    std::string field;
  } table[] = {
      {"", ""},
      {"[]", ""},
      {"{", ""},
      {"{}", "type"},
      {"{\"type\":\"\xFF\"}", ""},
      {deep, ""},
      {R"({"type":1})", "type"},
      {R"({"type":"P2P_NOPE"})", "type"},
      {R"({"type":"file_done"})", "type"},
      {R"({"type":"FILE_CHUNK","offset":0,"data":"AAAA"})", "type"},
      {R"({"type":"TERM_SUGGEST","text":")" + big + R"("})", ""},
      {R"({"type":"TERM_SUGGEST","text":")" + big.substr(0, 4097) + R"("})", "text"},
      {R"({"type":"P2P_OK","version":1})", "session_id"},
      {R"({"type":"P2P_OK","session_id":"","version":1})", "session_id"},
      {R"({"type":"P2P_OK","session_id":")" + big.substr(0, 65) + R"(","version":1})", "session_id"},
      {R"({"type":"P2P_OK","session_id":"s","version":"1"})", "version"},
      {R"({"type":"P2P_HELLO","session_id":"s","token":"","version":1,"binding":")" + binding + R"("})",
       "token"},
      {R"({"type":"P2P_HELLO","session_id":"s","token":")" + big.substr(0, 4097) +
           R"(","version":1,"binding":")" + binding + R"("})",
       "token"},
      {R"({"type":"P2P_HELLO","session_id":"s","token":"t","version":1,"binding":"AAAA"})", "binding"},
      {R"({"type":"P2P_HELLO","session_id":"s","token":"t","version":1,"binding":")" + binding + R"(="})",
       "binding"},
      {R"({"type":"P2P_HELLO","session_id":"s","token":"t","version":1,"binding":")" + binding +
           R"(","proof":"AA"})",
       "proof"},
      {R"({"type":"P2P_HELLO","session_id":"s","token":"t","version":1})", "binding"},
      {R"({"type":"P2P_HELLO","session_id":"s","token":"t","version":1,"proof":")" + proof + R"("})",
       "public_key"},
      {R"({"type":"P2P_HELLO","session_id":"s","token":"t","version":1,"public_key":"AAAA","proof":")" +
           proof + R"("})",
       "public_key"},
      {R"({"type":"P2P_HELLO","session_id":"s","token":"t","version":1,"binding":")" + binding +
           R"(","proof":")" + proof + R"("})",
       "binding"},
      {R"({"type":"P2P_CHALLENGE","nonce":"AA","cert_sha256":""})", "nonce"},
      {R"({"type":"P2P_CHALLENGE","nonce":")" + binding + R"(","cert_sha256":"AB"})", "cert_sha256"},
      {R"({"type":"P2P_DENY","code":"","message":""})", "code"},
      {R"({"type":"P2P_DENY","session_id":"","code":"c","message":""})", "session_id"},
      {R"({"type":"STREAM_OPEN","session_id":"s","purpose":""})", "purpose"},
      {R"({"type":"STREAM_OPEN","session_id":"","purpose":"file"})", "session_id"},
      {R"({"type":"SESSION_RENEW","session_id":"","token":"t"})", "session_id"},
      {R"({"type":"SESSION_RENEW","session_id":"s","token":""})", "token"},
      {R"({"type":"FILE_META","transfer_id":"","name":"a","size":0,"hash":null,"mtime":0,"mode":0})",
       "transfer_id"},
      {R"({"type":"FILE_META","transfer_id":"t","name":"","size":0,"hash":null,"mtime":0,"mode":0})", "name"},
      {R"({"type":"FILE_META","transfer_id":"t","name":"a","size":-1,"hash":null,"mtime":0,"mode":0})",
       "size"},
      {R"({"type":"FILE_META","transfer_id":"t","name":"a","size":9007199254740993,"hash":null,"mtime":0,"mode":0})",
       "size"},
      {R"({"type":"FILE_META","transfer_id":"t","name":"a","size":65537,"hash":null,"mtime":0,"mode":0,"text":true})",
       "text"},
      {R"({"type":"FILE_GET","transfer_id":"","path":"/a"})", "transfer_id"},
      {R"({"type":"FILE_GET","transfer_id":"t","path":"a"})", "path"},
      {R"({"type":"FILE_GET","transfer_id":"t","path":"/a\u0000b"})", "path"},
      {R"({"type":"FILE_GET","transfer_id":"t","path":"/)" + big.substr(0, 4096) + R"("})", "path"},
      {R"({"type":"FILE_META","transfer_id":"t","name":"a","size":0,"hash":"abc","mtime":0,"mode":0})",
       "hash"},
      {R"({"type":"FILE_META","transfer_id":"t","name":"a","size":0,"hash":null,"mtime":1.5,"mode":0})",
       "mtime"},
      {R"({"type":"FILE_META","transfer_id":"t","name":"a","size":0,"hash":null,"mtime":0,"mode":65535})",
       "mode"},
      {R"({"type":"FILE_ACCEPT","offset":9007199254740993})", "offset"},
      {R"({"type":"FILE_ACCEPT","offset":0,"blocks":["zz"]})", "blocks"},
      {R"({"type":"FILE_REJECT","code":"","message":""})", "code"},
      {R"({"type":"FILE_WANT_HASH","length":9007199254740993})", "length"},
      {R"({"type":"FILE_DONE","hash":")" + std::string(64, 'G') + R"(","size":0})", "hash"},
      {R"({"type":"FILE_DONE","hash":")" + hash + R"(","size":9007199254740993})", "size"},
      {R"({"type":"FILE_RESULT","ok":true})", "hash"},
      {R"({"type":"FILE_RESULT","ok":false})", "code"},
      {R"({"type":"FILE_RESULT","ok":false,"code":""})", "code"},
      {R"({"type":"FILE_RESULT","ok":false,"code":"c","hash":"x"})", "hash"},
      {R"({"type":"FILE_RESULT","ok":true,"hash":")" + hash + R"(","name":")" + big.substr(0, 256) + R"("})",
       "name"},
      {R"({"type":"FILE_PROGRESS","offset":9007199254740993})", "offset"},
      {R"({"type":"FOLDER_MANIFEST","page":1,"pages":1,"entries":[]})", "page"},
      {R"({"type":"FOLDER_MANIFEST","page":0,"pages":1,"entries":[{"path":"","kind":"file","size":0,"mtime":0,"mode":0}]})",
       "entries"},
      {R"({"type":"FOLDER_MANIFEST","page":0,"pages":1,"entries":[{"path":"a","kind":"link","size":0,"mtime":0,"mode":0}]})",
       "entries"},
      {R"({"type":"FOLDER_MANIFEST","page":0,"pages":1,"entries":[{"kind":"file"}]})", "entries[0].path"},
      {R"({"type":"FOLDER_MANIFEST","page":0,"pages":1,"entries":[{"path":"a","kind":"fifo","size":0,"mtime":0,"mode":0}]})",
       "entries"},
      {R"({"type":"FOLDER_MANIFEST","page":0,"pages":1,"entries":[{"path":"a","kind":"file","size":0,"mtime":0,"mode":0,"target":"b"}]})",
       "entries"},
      {R"({"type":"FOLDER_MANIFEST","page":0,"pages":1,"entries":[{"path":"a","kind":"directory","size":1,"mtime":0,"mode":0}]})",
       "entries"},
      {R"({"type":"FOLDER_META","transfer_id":"t","name":"a","origin":"x","pages":1,"entries":0,"files":0,"size":0,"mtime":0,"mode":0})",
       "origin"},
      {R"({"type":"FOLDER_META","transfer_id":"t","name":"a","origin":")" + hash.substr(0, 32) +
           R"(","pages":0,"entries":0,"files":0,"size":0,"mtime":0,"mode":0})",
       "pages"},
      {R"({"type":"FOLDER_META","transfer_id":"t","name":"a","origin":")" + hash.substr(0, 32) +
           R"(","pages":1,"entries":1000001,"files":0,"size":0,"mtime":0,"mode":0})",
       "entries"},
      {R"({"type":"FOLDER_META","transfer_id":"t","name":"a","origin":")" + hash.substr(0, 32) +
           R"(","pages":1,"entries":1,"files":2,"size":0,"mtime":0,"mode":0})",
       "files"},
      {R"({"type":"FOLDER_ACCEPT","last":true,"kept":[{"entry":0,"offset":0,"block_bytes":16777216,"blocks":[]}]})",
       "kept"},
      {R"({"type":"FOLDER_ACCEPT","last":true,"kept":[{"entry":0,"offset":1,"block_bytes":1,"blocks":[]}]})",
       "kept"},
      {R"({"type":"FOLDER_FILE","entry":1000000})", "entry"},
      {R"({"type":"FOLDER_SKIP","entry":0,"code":"","message":""})", "code"},
      {R"({"type":"FOLDER_DONE","hash":"x","files":0})", "hash"},
      {R"({"type":"FOLDER_RESULT","ok":true})", "hash"},
      {R"({"type":"FOLDER_RESULT","ok":false})", "code"},
      {R"({"type":"FOLDER_RESULT","ok":true,"hash":")" + hash + R"(","name":")" + big.substr(0, 256) +
           R"("})",
       "name"},
      {R"({"type":"TERM_RESIZE","cols":0,"rows":1})", "cols"},
      {R"({"type":"TERM_RESIZE","cols":1,"rows":0})", "rows"},
      {R"({"type":"TERM_RESIZE","cols":65536,"rows":1})", "cols"},
      {R"({"type":"TERM_EXIT"})", "code"},
  };
  for (const auto& [text, field] : table) {
    const auto message = parse_p2p_message(text);
    ASSERT_FALSE(message) << text.substr(0, 200);
    EXPECT_EQ(message.error().code, errc::bad_message) << text.substr(0, 200);
    EXPECT_EQ(message.error().field, field) << text.substr(0, 200);
  }
}

}  // namespace
}  // namespace mesh::wire
