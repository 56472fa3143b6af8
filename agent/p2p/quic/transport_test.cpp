// What a connection carries: amounts, many streams, back-pressure, key updates, bad networks.
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/quic_connection.hpp"
#include "agent/p2p/quic/transfer_in_test.hpp"

#include <tuple>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace test;

TEST(transport, two_hundred_megabytes_arrive_unchanged) {
  connected net;
  EXPECT_TRUE(round_trip(net, 200'000'000));
  const auto stats = net.near->connection->stats();
  EXPECT_GT(stats.bytes_sent, 200'000'000U);
  EXPECT_GT(stats.packets_sent, 10'000U);
  EXPECT_GT(stats.rtt_min.count(), 0);
  EXPECT_GT(stats.congestion_window, 0U);
  EXPECT_EQ(stats.peer, p2p::to_string(net.b.address()));
  ASSERT_TRUE(stats.paced.has_value());
  EXPECT_EQ(*stats.paced, stats.rtt_min >= pacing::paced_rtt_min);
}

TEST(transport, gnutls_and_ipsec_mb_understand_each_other) {
  for (const auto& [left, right] : {std::pair("gnutls", "ipsec-mb"), std::pair("ipsec-mb", "gnutls"),
                                    std::pair("gnutls", "gnutls"), std::pair("ipsec-mb", "ipsec-mb")}) {
    SCOPED_TRACE(fmt::format("{} to {}", left, right));
    connected net({.aead = left}, {.aead = right});
    EXPECT_TRUE(round_trip(net, 1'000'000));
  }
}

TEST(transport, keys_are_updated_under_a_running_transfer) {
  for (const auto& [left, right] : {std::pair("gnutls", "ipsec-mb"), std::pair("ipsec-mb", "gnutls")}) {
    SCOPED_TRACE(fmt::format("{} to {}", left, right));
    connected net({.aead = left}, {.aead = right});
    auto& near = dynamic_cast<connection_handle&>(*net.near->connection);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(round_trip(net, 300'000));
      // An update waits until the one before is confirmed, which takes packets and a little time.
      ASSERT_TRUE(run_until(net.loop, [&] { return round_trip(net, 1) && near.update_keys().has_value(); }));
      ASSERT_TRUE(round_trip(net, 300'000));
    }
  }
}

TEST(transport, a_bad_network_changes_nothing_but_the_time) {
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    const auto network =
        std::make_shared<faults>(faults{.loss = 0.03, .repeat = 0.02, .delay = 0.05, .damage = 0.01});
    connected net({.network = network, .seed = seed}, {.network = network, .seed = seed + 100});
    EXPECT_TRUE(round_trip(net, 3'000'000));
  }
}

TEST(transport, lost_packets_are_counted) {
  const auto network = std::make_shared<faults>(faults{.mtu = 1'472});
  connected net({.network = network});
  network->loss = 0.05;
  EXPECT_TRUE(round_trip(net, 2'000'000));
  EXPECT_GT(net.near->connection->stats().packets_lost, 10U);
}

TEST(transport, a_path_that_only_carries_1200_bytes_is_enough) {
  const auto network = std::make_shared<faults>(faults{.mtu = 1200});
  connected net({.network = network}, {.network = network});
  EXPECT_TRUE(round_trip(net, 1'000'000));
}

TEST(transport, inside_one_machine_packets_are_as_long_as_they_arrive) {
  const std::tuple<std::size_t, std::uint64_t, std::uint64_t> table[] = {
      {65'535, 600, 1'400}, {1'472, 6'800, 9'000}, {1'200, 8'300, 11'000}};
  for (const auto& [mtu, least, most] : table) {
    SCOPED_TRACE(mtu);
    const auto network = std::make_shared<faults>(faults{.mtu = mtu});
    connected net({.network = network}, {.network = network});
    EXPECT_TRUE(round_trip(net, 10'000'000));
    const auto packets = net.near->connection->stats().packets_sent;
    EXPECT_GT(packets, least);
    EXPECT_LT(packets, most);
  }
}

TEST(transport, a_thousand_streams_arrive_each_in_one_piece) {
  connected net;
  constexpr int count = 1000;
  constexpr std::size_t size = 10'000;
  net.far->on_new_stream = [](collector& c) {
    c.stream->write(shared("here"));
    c.stream->finish();
  };
  std::deque<std::unique_ptr<collector>> streams;
  const auto open_more = [&] {
    while (streams.size() < count) {
      auto stream = net.near->connection->open_stream();
      if (!stream) {
        EXPECT_EQ(stream.error().code, errc::busy);
        return;
      }
      auto& added = streams.emplace_back(std::make_unique<collector>(std::move(*stream)));
      added->stream->write(shared(pattern(size, static_cast<std::uint32_t>(streams.size()))));
      added->stream->finish();
    }
  };
  const auto all_done = [&] {
    open_more();
    return streams.size() == count && std::ranges::all_of(streams, [](const auto& s) { return s->fin; }) &&
           net.far->streams.size() == count &&
           std::ranges::all_of(net.far->streams, [](const auto& s) { return s.fin; });
  };
  ASSERT_TRUE(run_until(net.loop, all_done));
  for (std::size_t i = 0; i < count; ++i) {
    const auto& wanted = pattern(size, static_cast<std::uint32_t>(i + 1));
    EXPECT_EQ(std::ranges::count(net.far->streams, wanted, &collector::data), 1);
  }
}

TEST(transport, a_slow_consumer_holds_the_sender_back) {
  connected net;
  net.far->on_new_stream = [](collector& c) {
    c.keep = false;
    c.hold_back = true;
  };
  const auto stream = net.near->open();
  source from(*stream, 200'000'000);
  constexpr std::size_t window = 16 * 1024 * 1024;
  ASSERT_TRUE(run_until(net.loop,
                        [&] { return !net.far->streams.empty() && net.far->streams[0].received >= window; }));
  // The window is full: the sender holds its queue bound, and nothing moves until something is consumed.
  auto& far = net.far->streams[0];
  ASSERT_TRUE(run_until(net.loop, [&] { return stream->stream->writable() == 0; }));
  EXPECT_EQ(far.received, window);
  EXPECT_GE(from.left, 200'000'000 - window - 2 * send_queue::unsent_bytes_max);
  far.stream->consume(window);
  EXPECT_TRUE(run_until(net.loop, [&] { return far.received > window + window / 2; }));
}

TEST(transport, a_short_message_overtakes_bulk) {
  connected net;
  net.far->on_new_stream = [](collector& c) { c.keep = false; };
  const auto bulk = net.near->open();
  source from(*bulk, 50'000'000);
  ASSERT_TRUE(run_until(
      net.loop, [&] { return !net.far->streams.empty() && net.far->streams[0].received > 1'000'000; }));
  const auto key_press = net.near->open();
  key_press->stream->write(shared("x"));
  key_press->stream->finish();
  ASSERT_TRUE(run_until(net.loop, [&] { return net.far->streams.size() == 2 && net.far->streams[1].fin; }));
  EXPECT_FALSE(net.far->streams[0].fin);
  EXPECT_LT(net.far->streams[0].received, 20'000'000U);
}

TEST(transport, what_was_written_before_the_owner_let_go_still_arrives) {
  connected net;
  auto stream = net.near->open();
  stream->stream->write(shared(pattern(1'000'000)));
  stream->stream->finish();
  stream.reset();
  ASSERT_TRUE(run_until(net.loop, [&] { return !net.far->streams.empty() && net.far->streams[0].fin; }));
  EXPECT_EQ(net.far->streams[0].data, pattern(1'000'000));
  EXPECT_FALSE(net.far->streams[0].closed);
}

TEST(transport, a_stream_whose_owner_let_go_without_an_end_is_reset) {
  connected net;
  auto stream = net.near->open();
  stream->stream->write(shared("beginning"));
  ASSERT_TRUE(run_until(net.loop, [&] { return !net.far->streams.empty(); }));
  stream.reset();
  ASSERT_TRUE(run_until(net.loop, [&] { return net.far->streams[0].closed.has_value(); }));
  EXPECT_EQ(net.far->streams[0].closed->code, errc::canceled);
}

TEST(transport, the_code_of_a_reset_reaches_the_peer) {
  connected net;
  for (const auto& [code, meaning] : {std::pair(p2p::close_code::no_session, errc::session_unknown),
                                      std::pair(p2p::close_code::bad_frame, errc::bad_frame),
                                      std::pair(p2p::close_code::denied, errc::denied),
                                      std::pair(p2p::close_code::revoked, errc::session_revoked)}) {
    const auto before = net.far->streams.size();
    const auto stream = net.near->open();
    stream->stream->write(shared("x"));
    ASSERT_TRUE(run_until(net.loop, [&] { return net.far->streams.size() > before; }));
    net.far->streams.back().stream->reset(code);
    ASSERT_TRUE(run_until(net.loop, [&] { return stream->closed.has_value(); }));
    EXPECT_EQ(stream->closed->code, meaning);
    EXPECT_FALSE(net.far->streams.back().closed) << "who resets is not told of it";
  }
}

TEST(transport, a_refusal_after_the_own_end_still_tells_its_reason) {
  connected net;
  const auto stream = net.near->open();
  stream->stream->write(shared("x"));
  ASSERT_TRUE(run_until(net.loop, [&] { return !net.far->streams.empty(); }));
  auto& far = net.far->streams[0];
  far.stream->write(shared("answer"));
  far.stream->finish();
  ASSERT_TRUE(run_until(net.loop, [&] { return stream->fin; }));
  ASSERT_TRUE(round_trip(net, 1));  // by now the end of far is acknowledged
  far.stream->reset(p2p::close_code::revoked);
  ASSERT_TRUE(run_until(net.loop, [&] { return stream->closed.has_value(); }));
  EXPECT_EQ(stream->closed->code, errc::session_revoked);
}

TEST(transport, credit_of_a_stream_that_was_reset_returns_to_the_connection) {
  connected net;
  constexpr std::size_t window = 16 * 1024 * 1024;
  net.far->on_new_stream = [](collector& c) {
    c.keep = false;
    c.hold_back = true;
  };
  for (int i = 0; i < 3; ++i) {
    const auto stream = net.near->open();
    source from(*stream, 2 * window);
    const auto index = static_cast<std::size_t>(i);
    ASSERT_TRUE(run_until(
        net.loop,
        [&] { return net.far->streams.size() > index && net.far->streams[index].received == window; }))
        << "round " << i;
    net.far->streams[index].stream->reset(p2p::close_code::canceled);
    ASSERT_TRUE(run_until(net.loop, [&] { return stream->closed.has_value(); }));
  }
}

TEST(transport, bytes_that_come_before_there_is_a_handler_wait_for_it) {
  connected net;
  struct keeper final : p2p::connection_handler {
    void on_stream(std::unique_ptr<p2p::byte_stream> s) override { stream = std::move(s); }
    void on_closed(const error&) override {}
    std::unique_ptr<p2p::byte_stream> stream;
  } keeper;
  net.far->connection->set_handler(&keeper);
  const auto stream = net.near->open();
  stream->stream->write(shared("early"));
  stream->stream->finish();
  ASSERT_TRUE(run_until(net.loop, [&] { return keeper.stream != nullptr; }));
  collector late(std::move(keeper.stream));
  ASSERT_TRUE(run_until(net.loop, [&] { return late.fin; }));
  EXPECT_EQ(as_text(late.data), "early");
  net.far->connection->set_handler(net.far);
}

TEST(transport, closing_a_connection_ends_every_stream_of_both_sides) {
  connected net;
  const auto first = net.near->open();
  const auto second = net.near->open();
  first->stream->write(shared("1"));
  second->stream->write(shared("2"));
  ASSERT_TRUE(run_until(net.loop, [&] { return net.far->streams.size() == 2; }));
  net.near->connection->close(p2p::close_code::revoked, "over");
  ASSERT_TRUE(run_until(net.loop, [&] { return net.far->closed && net.near->closed; }));
  EXPECT_EQ(net.far->closed->code, errc::session_revoked);
  for (const auto& s : net.far->streams) EXPECT_TRUE(s.closed);
  EXPECT_TRUE(first->closed && second->closed);
  EXPECT_FALSE(net.near->connection->open_stream());
  EXPECT_FALSE(net.near->connection->exporter("EXPORTER-mesh-hello", "x"));
}

TEST(transport, both_ends_export_the_same_secret_and_no_other_connection_does) {
  connected net, other;
  const auto near = net.near->connection->exporter("EXPORTER-mesh-hello", "ses_1").value();
  EXPECT_EQ(near, net.far->connection->exporter("EXPORTER-mesh-hello", "ses_1").value());
  EXPECT_NE(near, net.near->connection->exporter("EXPORTER-mesh-hello", "ses_2").value());
  EXPECT_NE(near, net.near->connection->exporter("EXPORTER-mesh-other", "ses_1").value());
  EXPECT_NE(near, other.near->connection->exporter("EXPORTER-mesh-hello", "ses_1").value());
}

}  // namespace
}  // namespace mesh::quic
