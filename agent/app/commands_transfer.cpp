#include "agent/app/commands.hpp"
#include "agent/app/interrupt_watch.hpp"
#include "agent/app/local_time.hpp"
#include "agent/app/move_into.hpp"
#include "agent/app/next_steps.hpp"
#include "agent/app/snippet_input.hpp"
#include "agent/app/spool.hpp"
#include "agent/app/staging.hpp"
#include "agent/app/stopped_send.hpp"
#include "agent/app/table.hpp"
#include "agent/app/terminal.hpp"
#include "agent/app/token_input.hpp"
#include "agent/app/transfer_book.hpp"
#include "agent/app/transfer_view.hpp"
#include "agent/config/rate.hpp"
#include "agent/debug/format.hpp"
#include "agent/os/private_dir.hpp"
#include "agent/os/xdg.hpp"
#include "agent/share/file_sender.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using text::tr;

// The daemon has another working directory.
result<std::string> absolute(const std::string& path, bool folders) {
  std::error_code code;
  auto full = std::filesystem::absolute(path, code);
  struct stat info{};
  if (code || ::stat(full.c_str(), &info) != 0)
    return fail(errc::file_unreadable, fmt::format("{}: {}", path, std::strerror(errno)), "PATH");
  const bool folder = S_ISDIR(info.st_mode);
  if (folder && !folders) return fail(errc::not_a_file, fmt::format("{} is a folder", path), "PATH");
  if (!folder && !S_ISREG(info.st_mode)) return fail(errc::not_a_file, path, "PATH");
  if (::access(full.c_str(), R_OK) != 0)
    return fail(errc::file_unreadable, fmt::format("{}: {}", path, std::strerror(errno)), "PATH");
  return full.string();
}

result<void> follow(context& c, std::string_view type, wire::json_object body) {
  auto agent = c.open(need::node);
  if (!agent) return pass(agent);
  transfer_view view(c.asked.json);
  std::optional<interrupt_watch> interrupted;
  if ((*agent)->is_daemon()) interrupted.emplace().add([&agent] { (*agent)->leave(); });
  const auto done = (*agent)->ask(
      type, std::move(body),
      [&](std::string_view event, const wire::json_object& payload) { view.show(event, payload); });
  interrupted.reset();
  view.clear();
  if (done) return {};
  if (done.error().code == errc::canceled && !share::said_by_peer(done.error()) && !c.asked.json)
    print_error(words_of_stopped_send(tr("canceled.other"), false));
  return std::unexpected(done.error());
}

// --limit RATE
result<void> add_limit(const context& c, wire::json_object& body) {
  if (c.asked.rate.empty()) return {};
  const auto rate = config::parse_rate(c.asked.rate);
  if (!rate) return fail(errc::usage, tr("usage.rate", escape_controls(c.asked.rate)), "--limit");
  if (*rate) body["limit"] = **rate;
  return {};
}

// Until somebody ends this program.
result<void> watch_transfers(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  if (!(*agent)->is_daemon()) return fail(errc::daemon_not_running, {}, "--watch");
  transfer_view view(c.asked.json);
  const auto done =
      (*agent)->ask("watch_transfers", {}, [&](std::string_view type, const wire::json_object& payload) {
        view.show(type, payload);
        if (output_failure() != 0) (*agent)->leave();
      });
  view.clear();
  if (output_failure() != 0) return {};
  if (!done) return std::unexpected(done.error());
  return {};
}

// Asks the person about each offer, one at a time and beside the transfers, which go on meanwhile.
class prompter {
 public:
  explicit prompter(asker& agent) : agent_(agent) {}

  void ask(const wire::json_object& offer) {
    const auto record = wire::from_json<transfer_record>(wire::json_value(offer));
    if (!record) return;
    ++*open_;
    std::thread([turn = turn_, open = open_, &agent = agent_, r = *record] {
      const std::scoped_lock one_at_a_time(*turn);
      const bool yes = ask_yes(tr("receive.ask", r.device_id, escape_controls(r.username), shown_name(r),
                                  debug::format_bytes(r.size)));
      --*open;
      agent.tell("answer", {{"transfer_id", r.transfer_id}, {"accept", yes}});
    }).detach();
  }
  // A question stands on the terminal.
  bool asks() const { return *open_ > 0; }

 private:
  std::shared_ptr<std::atomic<int>> open_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::mutex> turn_ = std::make_shared<std::mutex>();
  asker& agent_;
};

}  // namespace

result<void> send_paths(context& c) {
  wire::json_value paths(boost::json::array_kind);
  const auto state = os::state_dir(c.variables);
  const auto from_stdin = std::ranges::count(c.asked.paths, "-");
  if (from_stdin > 0 && c.asked.zip) return fail(errc::usage, "standard input is no folder", "--zip");
  if (from_stdin > 1 || (from_stdin == 0 && !c.asked.name.empty()))
    return fail(errc::usage, "--name and - belong together, once", "--name");
  for (const auto& path : c.asked.paths) {
    if (path == "-") continue;
    auto full = absolute(path, true);
    if (!full) return pass(full);
    if (c.asked.zip && !std::filesystem::is_directory(*full))
      return fail(errc::usage, tr("usage.no_folder", escape_controls(path)), "--zip");
    // Typed twice (FOLDER and FOLDER/), it is sent once.
    if (full->size() > 1 && full->ends_with('/')) full->pop_back();
    if (std::ranges::find(paths.as_array(), wire::json_value(*full)) == paths.as_array().end())
      paths.as_array().emplace_back(*full);
  }
  wire::json_object body{{"paths", std::move(paths)}, {"to", c.asked.to}};
  if (!c.asked.room.empty()) body["room"] = c.asked.room;
  if (c.asked.no_ignore) body["no_ignore"] = true;
  if (c.asked.zip) body["zip"] = true;
  if (c.asked.xattrs) body["xattrs"] = true;
  if (auto bounded = add_limit(c, body); !bounded) return bounded;
  // Last, so that nothing is read in vain.
  std::filesystem::path spooled;
  if (from_stdin > 0 || c.asked.text) {
    if (auto own = os::private_dir::open(state); !own) return pass(own);
    auto kept = c.asked.text ? spool_text(*c.asked.text, state)
                             : spool(STDIN_FILENO, state, c.asked.name.empty() ? "stdin" : c.asked.name);
    if (!kept) return pass(kept);
    spooled = std::move(*kept);
    body["paths"].as_array().emplace_back(spooled.string());
    if (c.asked.text) body["text"] = true;
  }
  auto agent = c.open(need::node);
  if (!agent) {
    unspool(spooled, state);
    return pass(agent);
  }
  transfer_view view(c.asked.json, body["paths"].as_array().size());
  if (c.asked.text) view.expect_text();
  bool in_the_outbox = false;  // of a daemon, which then removes the spooled file
  std::string device;          // that it goes to, once that is known
  std::optional<errc> waits_for;
  files_under_way files;
  // A daemon goes on when we are gone; Ctrl-C means that it shall not. Before it has queued anything, nobody
  // who asks is all that it needs.
  call_off off(**agent);
  std::optional<interrupt_watch> interrupted;
  if ((*agent)->is_daemon()) interrupted.emplace().add([&off] { off.now(); });
  const auto done =
      (*agent)->ask("send", std::move(body), [&](std::string_view type, const wire::json_object& payload) {
        const auto id = text_in(payload, "transfer_id");
        if (const auto* to = type == "session" ? payload.if_contains("device_id") : nullptr;
            to != nullptr && to->is_string())
          device = to->get_string();
        in_the_outbox |= type == "session" && (*agent)->is_daemon();
        if (type == "session") off.add(id);
        if (const auto code = text_in(payload, "code"); type == "queued" && !code.empty())
          waits_for = code_of(code);
        follow_told(files, type, id, payload, (*agent)->is_daemon());
        if (type == "untold") return;
        view.show(type, payload);
      });
  interrupted.reset();
  for (const auto& id : off.late())  // queued in the moment in which we left
    if (auto again = c.open(need::account))
      (void)(*again)->ask("transfer_control", {{"transfer_id", id}, {"action", "cancel"}});
  view.conclude();
  if (!done && done.error().code == errc::canceled && !share::said_by_peer(done.error()) && !c.asked.json)
    print_error(words_of_stopped_send(device, spooled.empty(), stopped_of(files)));
  if (!in_the_outbox) unspool(spooled, state);
  // What waits for the other machine goes by itself: the same once more, with the advice to try again, would
  // only mislead.
  c.asked.told = !done && !c.asked.json && done.error().code == waits_for;
  if (!done) return std::unexpected(done.error());
  if (view.incomplete()) return fail(errc::file_unreadable, tr("folder.incomplete"));
  return {};
}

result<void> send_file(context& c) {
  auto full = absolute(c.asked.file, false);
  if (!full) return pass(full);
  auto token = token_of(c);
  if (!token) return pass(token);
  wire::json_object body{{"session_id", c.asked.session_id},
                         {"peer_addr", c.asked.peer_address},
                         {"token", std::string(token->reveal())},
                         {"path", *full}};
  if (auto bounded = add_limit(c, body); !bounded) return bounded;
  return follow(c, "send_file", std::move(body));
}

result<void> receive(context& c) {
  const bool to_stdout = c.asked.output == "-";
  wire::json_object body{{"count", c.asked.keep ? 0 : c.asked.count}, {"accept", c.asked.accept}};
  if (!to_stdout && !c.asked.output.empty()) {
    std::error_code code;
    c.asked.output =
        std::filesystem::weakly_canonical(std::filesystem::absolute(c.asked.output), code).string();
    if (code) return fail(errc::write_failed, fmt::format("{}: {}", c.asked.output, code.message()));
  }
  auto agent = c.open(need::node);
  if (!agent) return pass(agent);
  if (!c.asked.output.empty()) body["output"] = c.asked.output;
  if (!c.asked.on_collision.empty()) body["on_collision"] = c.asked.on_collision;
  const bool prompt = is_terminal(STDIN_FILENO) && !c.asked.json && c.asked.accept != "own";
  transfer_view view(c.asked.json && !to_stdout);
  prompter questions(**agent);
  staging through;
  result<void> forwarded;
  std::vector<std::pair<std::string, wire::json_object>> later;
  const auto tell_later = [&] {
    for (const auto& [type, payload] : std::exchange(later, {})) view.show(type, payload);
  };
  const auto ask = [&] {
    return (*agent)->ask("receive", body, [&](std::string_view type, const wire::json_object& payload) {
      if (type == "offer" && prompt) {
        view.clear();
        return questions.ask(payload);
      }
      auto shown = payload;
      if (type == "received" && (forwarded || !to_stdout))
        if (const auto passed_on = through.forward(shown); !passed_on) {
          forwarded = passed_on;
          view.clear();
          if (!to_stdout) print_error(through.words_of_kept(text_in(payload, "name"), passed_on.error()));
        }
      // Nothing is written into the line of a question; how far something is can be told again.
      if (questions.asks()) {
        if (type != "progress") later.emplace_back(type, std::move(shown));
        return;
      }
      tell_later();
      view.show(type, shown);
    });
  };
  const auto stage = [&](const std::filesystem::path& output) -> result<void> {
    auto made = staging::make(c, output, "receive", to_stdout ? "-" : output.string());
    if (!made) return pass(made);
    through = std::move(*made);
    body["output"] = through.folder.string();
    body["on_collision"] = "rename";  // there; where it belongs the policy decides
    through.bring_along(c.asked.json);
    return {};
  };
  // An agent in this process writes to standard output itself. A daemon has another one, and it may be
  // confined to other folders than the one that is wanted: it stores the file where only we look, and we put
  // it where it belongs.
  if (to_stdout && (*agent)->is_daemon())
    if (auto staged = stage({}); !staged) return staged;
  std::optional<interrupt_watch> interrupted;
  if ((*agent)->is_daemon())
    interrupted.emplace().add([&agent, out = through.out] {
      (*agent)->leave();
      if (out) out->stop();
    });
  auto done = ask();
  if (!done && done.error().code == errc::folder_confined && (*agent)->is_daemon() &&
      through.folder.empty()) {
    if (auto staged = stage(c.asked.output); !staged) return staged;
    done = ask();
  }
  interrupted.reset();
  tell_later();
  view.clear();
  // Its sender knows it as arrived, so it stays where it lies.
  if (!forwarded && to_stdout)
    print_error(tr("receive.kept", escape_controls(through.folder.string())) + "\n");
  c.asked.told = done && !forwarded && !to_stdout;
  const result<void> end = done ? forwarded : result<void>(pass(done));
  const bool left = !end && end.error().code == errc::canceled;
  // The daemon may just begin to put something there: then an empty folder stays, too.
  if (!left) through.remove_if_empty();
  if (left && !c.asked.json)
    print_error(words_of_left_receive({(*agent)->is_daemon(), view.moves(), through.folder}));
  if (!end && to_stdout && end.error().field == "output") print_error(tr("receive.half") + "\n");
  if (!end && end.error().code == errc::daemon_not_running && !c.asked.json)
    print_error(tr("receive.cut") + "\n");
  return end;
}

result<void> list_transfers(context& c) {
  if (c.asked.watch) return watch_transfers(c);
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto answer = (*agent)->ask("transfers", {});
  if (!answer) return pass(answer);
  if (c.asked.json) {
    print_json(std::move(*answer));
    return {};
  }
  const auto list = wire::from_json<std::vector<transfer_record>>(answer->at("transfers"));
  if (!list) return std::unexpected(list.error());
  table out({tr("transfers.head.name"), tr("transfers.head.peer"), tr("transfers.head.size"),
             tr("transfers.head.state"), tr("transfers.head.since"), "ID"});
  const auto now = wall_now();
  for (const auto& r : *list) {
    out.add({shown_name(r),
             tr(r.direction == transfer_direction::in ? "transfers.in" : "transfers.out", r.device_id,
                escape_controls(r.username)),
             debug::format_bytes(r.size), shown_state(r), shown_time(r.started_at, now), r.transfer_id});
  }
  print(out.empty() ? tr("transfers.none") + "\n" : out.str());
  return {};
}

result<void> answer_transfer(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const bool accept = c.asked.verb == "transfers accept";
  const auto done = (*agent)->ask("answer", {{"transfer_id", c.asked.transfer}, {"accept", accept}});
  if (!done) return std::unexpected(done.error());
  print(tr(accept ? "transfers.accepted" : "transfers.refused", answered_name(*done, c.asked.transfer)) +
        "\n");
  return {};
}

result<void> control_transfer(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto action = c.asked.verb.substr(c.asked.verb.rfind(' ') + 1);
  const auto done =
      (*agent)->ask("transfer_control", {{"transfer_id", c.asked.transfer}, {"action", action}});
  if (!done) return std::unexpected(done.error());
  print(words_after(action, *done, c.asked.transfer));
  return {};
}

}  // namespace mesh::app
