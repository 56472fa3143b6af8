#include "core/io/task_group.hpp"

#include "core/base/log.hpp"
#include "core/io/condition.hpp"

#include <list>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace mesh::io {

namespace asio = boost::asio;

struct task_group::state {
  state(executor ex, std::string text) : on(std::move(ex)), name(std::move(text)), ended(on) {}

  executor on;
  std::string name;
  condition ended;
  std::list<asio::cancellation_signal> running;
  bool canceled = false;
};

namespace {

// What a task that ended by an exception leaves in the log; a cancelled one ended as it should.
void report(const std::string& module, const std::string& label, const std::exception_ptr& thrown) {
  if (!thrown) return;
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& e) {
    if (e.code() != asio::error::operation_aborted) log::error(module, "{} failed: {}", label, e.what());
  } catch (const std::exception& e) {
    log::error(module, "{} failed: {}", label, e.what());
  }
}

}  // namespace

task_group::task_group(executor on, std::string name)
    : state_(std::make_shared<state>(std::move(on), std::move(name))) {}

task_group::~task_group() {
  cancel();
}

const executor& task_group::get_executor() const {
  return state_->on;
}

void task_group::spawn(std::string_view label, task<> work) {
  if (state_->canceled) return;
  state_->running.emplace_back();
  const auto self = std::prev(state_->running.end());
  auto ended = [s = state_, self, text = std::string(label)](const std::exception_ptr& thrown) {
    report(s->name, text, thrown);
    // A cancellation asked for outside of the loop may still be queued, and refers to the signal: it goes
    // later.
    std::list<asio::cancellation_signal> spent;
    spent.splice(spent.begin(), s->running, self);
    post(s->on, [held = std::move(spent)] {});
    if (s->running.empty()) s->ended.notify();
  };
  asio::co_spawn(state_->on, std::move(work), asio::bind_cancellation_slot(self->slot(), std::move(ended)));
}

void task_group::cancel() {
  if (state_->canceled) return;
  state_->canceled = true;
  // A task may end, and leave the list, while it is being told.
  for (auto at = state_->running.begin(); at != state_->running.end();)
    (at++)->emit(asio::cancellation_type::terminal);
}

bool task_group::canceled() const {
  return state_->canceled;
}

task<> task_group::join() {
  const auto held = state_;
  while (!held->running.empty()) co_await held->ended.wait();
}

task<> task_group::stop() {
  cancel();
  co_await join();
}

std::size_t task_group::size() const {
  return state_->running.size();
}

}  // namespace mesh::io
