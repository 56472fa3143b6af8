// Two machines of a test: each with its transfers, an observer that remembers, and a directory.
#pragma once
#include "agent/os/test_dir.hpp"
#include "agent/share/directory_sink.hpp"
#include "agent/share/memory_stream.hpp"
#include "agent/share/transfer_table.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/crypto/blake3.hpp"

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mesh::share {

struct recorder final : transfer_observer {
  std::vector<transfer_info> questions;
  std::vector<transfer_info> started;
  std::vector<std::pair<progress, steady_time>> reports;
  std::vector<std::pair<transfer_info, result<transfer_summary>>> ends;
  std::function<void(const transfer_info&)> when_asked;
  std::function<void(const transfer_info&)> when_started;
  test_loop* loop = nullptr;

  void on_question(const transfer_info& info, wall_time) override {
    questions.push_back(info);
    if (when_asked) when_asked(info);
  }
  void on_started(const transfer_info& info) override {
    started.push_back(info);
    if (when_started) when_started(info);
  }
  void on_progress(const progress& now) override { reports.emplace_back(now, loop->now()); }
  void on_finished(const transfer_info& info, const result<transfer_summary>& outcome) override {
    ends.emplace_back(info, outcome);
  }

  // The outcome of the only transfer: "ok", a word of errc, or "running".
  std::string outcome() const {
    if (ends.empty()) return "running";
    EXPECT_EQ(ends.size(), 1U);
    return ends.back().second ? "ok" : std::string(word(ends.back().second.error().code));
  }
  const transfer_summary& summary() const { return ends.back().second.value(); }
};

inline std::string random_content(std::size_t size, std::uint32_t seed = 7) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (auto& c : out) c = static_cast<char>(random());
  return out;
}

inline const mesh::session_id test_session{"ses_00000000000000000000000000"};
inline const peer_identity test_peer{mesh::user_id{"usr_1"}, mesh::device_id{"other-device"}};

struct transfers : testing::Test {
  os::test_dir temp;
  test_loop loop;
  bool worker_busy = false;  // then offloaded jobs wait for run_worker()
  std::set<disk_work> kinds_of_work;
  std::vector<std::pair<std::move_only_function<void()>, std::move_only_function<void()>>> jobs;
  recorder at_sender, at_receiver;
  std::optional<transfer_table> sender, receiver;
  receive_request request;
  std::filesystem::path inbox = temp / "inbox";
  std::string transfer_id;  // of what start() sends; empty: a new one
  bool send_xattrs = false;

  transfers() {
    (void)log::configure("off");
    at_sender.loop = at_receiver.loop = &loop;
    sender.emplace(make_runtime(), at_sender);
    receiver.emplace(make_runtime(), at_receiver);
    std::filesystem::create_directory(inbox);
    request.session = test_session;
    request.peer = test_peer;
    request.standing.own_device = true;
    request.make_sink = [this](const transfer_info&) { return make_directory_sink(inbox); };
    request.place_for = [this](const transfer_info&) { return folder_place{inbox}; };
  }

  runtime make_runtime() {
    runtime rt;
    rt.now = [this] { return loop.now(); };
    rt.post = [this](std::move_only_function<void()> work) { loop.post(std::move(work)); };
    rt.offload = [this](disk_work kind, std::move_only_function<void()> job,
                        std::move_only_function<void()> then) {
      kinds_of_work.insert(kind);
      jobs.emplace_back(std::move(job), std::move(then));
      if (!worker_busy) loop.post([this] { run_worker(); });
    };
    return rt;
  }
  void run_worker() {
    for (auto& [job, then] : std::exchange(jobs, {})) {
      job();
      loop.post(std::move(then));
    }
  }

  // It was busy, and now does everything.
  void let_worker_finish() {
    worker_busy = false;
    run_worker();
    loop.run();
  }

  std::filesystem::path make_file(const std::string& name, const std::string& content) {
    std::filesystem::create_directory(temp / "outbox");
    os::write_content(temp / "outbox" / name, content);
    return temp / "outbox" / name;
  }

  // Starts to send a file; the link is what lies between.
  std::shared_ptr<memory_link> start(const std::filesystem::path& file, memory_link_options options = {}) {
    auto pair = make_memory_pair(loop, options);
    EXPECT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
    auto source = file_source::open(file);
    EXPECT_TRUE(source.has_value());
    EXPECT_TRUE(sender
                    ->send(std::move(pair.a), {.session = test_session,
                                               .peer = test_peer,
                                               .source = std::move(*source),
                                               .name = {},
                                               .transfer_id = transfer_id,
                                               .xattrs = send_xattrs})
                    .has_value());
    return pair.link;
  }
  // The same for a folder.
  std::shared_ptr<memory_link> start_folder(const std::filesystem::path& folder,
                                            memory_link_options options = {}) {
    auto pair = make_memory_pair(loop, options);
    EXPECT_TRUE(receiver->receive_folder(std::move(pair.b), {}, request).has_value());
    auto source = scan_tree(folder);
    EXPECT_TRUE(source.has_value());
    EXPECT_TRUE(sender
                    ->send_folder(std::move(pair.a),
                                  {.session = test_session,
                                   .peer = test_peer,
                                   .source = std::make_shared<const source_tree>(std::move(*source)),
                                   .transfer_id = transfer_id,
                                   .xattrs = send_xattrs})
                    .has_value());
    return pair.link;
  }
  // Until the receiver got that many bytes of the stream.
  void run_until_delivered(const memory_link& link, std::uint64_t count) {
    while (link.halves[0].total_delivered < count && loop.step()) {
    }
    EXPECT_GE(link.halves[0].total_delivered, count);
  }
  // Time goes by, in ticks.
  void pass(steady_time::duration d) {
    for (auto left = d; left > steady_time::duration::zero(); left -= limits::transfer_tick) {
      loop.pass(limits::transfer_tick);
      if (sender) sender->tick();
      if (receiver) receiver->tick();
      loop.run();
    }
  }

  // Name and content of everything in the inbox but the journals.
  std::map<std::string, std::string> received() const {
    std::map<std::string, std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(inbox))
      if (entry.is_regular_file() && entry.path().extension() != ".journal")
        out[entry.path().filename().string()] = os::content_of(entry.path());
    return out;
  }
  std::vector<std::string> journals() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(inbox))
      if (entry.path().extension() == ".journal") out.push_back(entry.path().filename().string());
    std::ranges::sort(out);
    return out;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : received()) out.push_back(entry.first);
    return out;
  }
};

}  // namespace mesh::share
