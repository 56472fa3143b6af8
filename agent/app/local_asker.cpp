#include "agent/app/local_asker.hpp"

#include "agent/app/agent_core.hpp"
#include "agent/app/confinement.hpp"
#include "core/io/condition.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"
#include "core/io/termination.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

// Of a person who wants to know what became of what he called off.
constexpr auto farewell_patience = 3s;

// A request that ends by itself once its asker has gone, and tells first what the other machine knows.
bool tells_farewell(std::string_view type) {
  return type == "send";
}

// Where an answer is put until ask() returns it.
struct outcome {
  explicit outcome(const io::executor& on) : changed(on) {}
  std::optional<result<wire::json_object>> end;
  event_call on_event;
  std::function<void()> gone;
  io::condition changed;
};

class local_reply final : public control::reply {
 public:
  explicit local_reply(std::shared_ptr<outcome> to) : to_(std::move(to)) {}
  ~local_reply() override { end(mesh::fail(errc::internal, "the request was dropped")); }
  local_reply(const local_reply&) = delete;
  local_reply& operator=(const local_reply&) = delete;

  void event(std::string_view type, wire::json_object payload) override {
    if (!to_->end && to_->on_event) to_->on_event(type, payload);
  }
  void done(wire::json_object payload) override { end(std::move(payload)); }
  void fail(const error& e) override { end(std::unexpected(e)); }
  void on_gone(std::function<void()> call) override {
    if (!to_->end) to_->gone = std::move(call);
  }

 private:
  void end(result<wire::json_object> with) {
    if (to_->end) return;
    to_->end = std::move(with);
    to_->gone = nullptr;
    to_->changed.notify();
  }
  std::shared_ptr<outcome> to_;
};

class local_asker final : public asker {
 public:
  local_asker() : watchers_(loop_.get_executor(), "app") {}
  ~local_asker() override {
    watchers_.cancel();
    if (core_) loop_.run(core_->stop());
  }
  local_asker(const local_asker&) = delete;
  local_asker& operator=(const local_asker&) = delete;

  result<void> start(const config::agent_config& config, const config::environment& variables, need wanted) {
    auto made = agent_core::make(loop_, config, variables);
    if (!made) return pass(made);
    core_ = std::move(*made);
    if (wanted == need::node)
      if (auto started = core_->start_node(); !started) return started;
    watchers_.spawn("signals", watch_signals());
    return {};
  }

  result<wire::json_object> ask(std::string_view type, wire::json_object payload,
                                const event_call& on_event) override {
    current_ = std::make_shared<outcome>(loop_.get_executor());
    current_->on_event = on_event;
    tells_farewell_ = tells_farewell(type);
    core_->handle({0, std::string(type), std::move(payload)}, std::make_shared<local_reply>(current_));
    loop_.run(wait(current_));
    if (interrupted_) return fail(errc::canceled);
    return std::move(*current_->end);
  }

  void tell(std::string_view type, wire::json_object payload) override {
    io::post(loop_.get_executor(),
             [this, r = control::request{0, std::string(type), std::move(payload)}]() mutable {
               auto nobody = std::make_shared<outcome>(loop_.get_executor());
               core_->handle(std::move(r), std::make_shared<local_reply>(std::move(nobody)));
             });
  }
  void leave() override {
    io::post(loop_.get_executor(), [this] { leave_now(); });
  }
  bool is_daemon() const override { return false; }

 private:
  static io::task<> wait(std::shared_ptr<outcome> of) {
    while (!of->end) co_await of->changed.wait();
  }
  // Ctrl-C ends the request as if its asker had gone away.
  io::task<> watch_signals() {
    co_await termination_.signal();
    leave_now();
    // Who asks twice does not wait for words.
    if (!current_ || current_->end) co_return;
    watchers_.spawn("farewell", end_later());
    co_await termination_.signal();
    end_now();
  }
  io::task<> end_later() {
    co_await io::sleep_for(farewell_patience);
    end_now();
  }
  void leave_now() {
    interrupted_ = true;
    if (!current_) return;
    const auto gone = std::exchange(current_->gone, nullptr);
    if (gone) gone();
    if (!gone || !tells_farewell_) end_now();
  }
  void end_now() {
    if (!current_->end) current_->end = fail(errc::canceled);
    current_->changed.notify();
  }

  io::loop loop_;
  io::termination termination_{loop_.get_executor()};
  io::task_group watchers_;
  std::unique_ptr<agent_core> core_;
  std::shared_ptr<outcome> current_;
  bool tells_farewell_ = false;
  bool interrupted_ = false;
};

}  // namespace

result<std::unique_ptr<asker>> start_local(const config::agent_config& config,
                                           const config::environment& variables, need wanted,
                                           const std::filesystem::path& output) {
  if (wanted == need::node) confine_command(config, variables, output);
  auto made = std::make_unique<local_asker>();
  if (auto started = made->start(config, variables, wanted); !started) return pass(started);
  return made;
}

}  // namespace mesh::app
