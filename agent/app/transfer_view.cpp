#include "agent/app/transfer_view.hpp"

#include "agent/app/commands.hpp"
#include "agent/app/terminal.hpp"
#include "agent/app/transfer_book.hpp"
#include "agent/debug/format.hpp"
#include "agent/share/file_sender.hpp"
#include "agent/share/utf8.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"
#include "core/text/details.hpp"
#include "core/text/error_texts.hpp"
#include "core/text/plural.hpp"

#include <algorithm>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using text::tr;
using text::tr_count;

// Of what moved, without what was there before.
double mean_rate(const transfer_record& r) {
  return r.seconds > 0 ? static_cast<double>(r.done - std::min(r.before, r.done)) / r.seconds : 0.0;
}

// How long it took, and how fast what moved was; nothing moves of what is there already.
std::string pace_words(double seconds, double bytes) {
  auto out = debug::format_seconds(seconds);
  if (bytes < 1 || seconds <= 0) return out;
  return out + fmt::format(" ({}{})", debug::format_bytes(static_cast<std::uint64_t>(bytes / seconds)),
                           tr("progress.per_second"));
}

std::string pace_words(const transfer_record& r) {
  return pace_words(r.seconds, mean_rate(r) * r.seconds);
}

terminal_room room_of(int fd) {
  return {terminal_columns(fd), terminal_rows(fd)};
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// What was left out or has another name there, a line each.
std::string note_words(const share::tree_figures& folder, const std::string& device) {
  std::string out;
  for (const auto& note : folder.notes) {
    const auto path = escape_controls(note.path);
    const auto detail = escape_controls(text::detail_in(note.detail));
    const auto code = code_of(note.code);
    if (code == errc::file_exists)
      out += tr("folder.renamed", path, device, detail) + "\n";
    else if ((code == errc::name_unsafe || code == errc::bad_message) && detail.empty())
      out += tr("folder.left_out.unsafe.there", path) + "\n";
    else if (code == errc::name_unsafe || code == errc::bad_message)
      out += tr("folder.left_out.unsafe", path, detail) + "\n";
    else if (code == errc::not_a_file)
      out += tr("folder.left_out.special", path) + "\n";
    else if (code == errc::file_changed)
      out += tr("folder.left_out.changed", path) + "\n";
    else
      out += tr("folder.left_out.unreadable", path) + "\n";
  }
  const auto told = static_cast<std::uint64_t>(folder.notes.size());
  const auto all = folder.omitted + folder.renamed;
  if (all > told) out += tr("folder.more", all - told) + "\n";
  return out;
}

std::string cpu_words(const transfer_record& r) {
  constexpr double told_from = 0.005;  // less is told as nothing at all
  return r.cpu_seconds && *r.cpu_seconds >= told_from
             ? tr("transfer.cpu", debug::format_seconds(*r.cpu_seconds)) + "\n"
             : "";
}

// What differs from what was asked for.
std::string delivery_words(const transfer_record& r) {
  std::string out;
  const bool piped = r.stored == "-";  // it went to the other side's standard output
  if (r.stored && !piped && *r.stored != r.name)
    out += tr("send.renamed", r.device_id, escape_controls(*r.stored)) + "\n";
  if (r.left_out && r.left_out->ignored) out += tr_count("folder.ignored", *r.left_out->ignored) + "\n";
  if (r.left_out) out += note_words(*r.left_out, r.device_id);
  if (r.xattrs_left) out += tr_count("send.xattrs_left", *r.xattrs_left, r.device_id) + "\n";
  return out;
}

std::string files_words(std::uint64_t count) {
  return tr_count("folder.files", count);
}

std::string folder_words(const transfer_record& r, const char* key, const std::string& name) {
  const auto& folder = *r.folder;
  auto out =
      tr(key, name, r.device_id, files_words(folder.files_done), debug::format_bytes(r.done), pace_words(r)) +
      "\n";
  out += tr("folder.hash", r.hash.value_or("")) + "\n" + cpu_words(r);
  if (folder.kept > 0) out += tr_count("folder.kept", folder.kept, debug::format_bytes(r.before)) + "\n";
  if (folder.ignored) out += tr_count("folder.ignored", *folder.ignored) + "\n";
  return out + note_words(folder, r.device_id);
}

std::string sent_words(const transfer_record& r) {
  const auto name = escape_controls(r.name);
  if (r.folder) {
    auto out = folder_words(r, "send.folder.done", name);
    if (r.resent > 0)
      out += tr("send.resumed", debug::format_bytes(r.before), debug::format_bytes(r.resent)) + "\n";
    return out + delivery_words(r);
  }
  auto out = tr("send.done", name, r.device_id, debug::format_bytes(r.size), pace_words(r)) + "\n";
  out += tr("send.hash", r.hash.value_or("")) + "\n" + cpu_words(r);
  if (r.before > 0 || r.resent > 0)
    out += tr("send.resumed", debug::format_bytes(r.before), debug::format_bytes(r.resent)) + "\n";
  return out + delivery_words(r);
}

std::string queued_words(const transfer_record& r) {
  const auto code = code_of(r.code.value_or("internal"));
  if (code == errc::file_changed) return tr("send.changed", escape_controls(r.name)) + "\n";
  if (r.direction == transfer_direction::in)
    return tr("receive.queued", escape_controls(r.name), r.device_id, text::cause_of(code)) + "\n";
  return tr("send.queued", escape_controls(r.name), r.device_id, text::cause_of(code), r.transfer_id) + "\n";
}

// already: the state of what an earlier command asked for, and which this one joins.
std::string session_words(const transfer_record& r, const wire::json_object& payload) {
  const auto* already = payload.if_contains("already");
  const auto name = escape_controls(r.name);
  if (already == nullptr || !already->is_string()) return tr("send.session", name, r.device_id) + "\n";
  const bool runs = already->get_string() == wire::word_of(transfer_state::running);
  return tr(runs ? "send.already.runs" : "send.already.waits", name, r.device_id, r.transfer_id) + "\n";
}

std::string paused_words(const transfer_record& r) {
  const bool here = r.direction == transfer_direction::out;
  return tr(here ? "send.paused" : "receive.paused", escape_controls(r.name),
            here ? r.transfer_id : r.device_id) +
         "\n";
}

std::string text_words(const transfer_record& r) {
  auto out = tr("receive.text", r.device_id, escape_controls(r.username)) + "\n" + escape_lines(*r.text);
  if (r.text->size() < r.size)
    out += tr("receive.text.more", debug::format_bytes(r.size), r.transfer_id) + "\n";
  return out;
}

std::string received_words(const transfer_record& r) {
  const auto name = escape_controls(r.stored.value_or(r.name));
  if (r.folder)
    return folder_words(r, "receive.folder.done", name) +
           (r.folder->incomplete ? tr("receive.folder.incomplete") + "\n" : "");
  auto out = tr("receive.done", name, r.device_id, debug::format_bytes(r.size), pace_words(r)) + "\n" +
             tr("send.hash", r.hash.value_or("")) + "\n" + cpu_words(r);
  if (r.before > 0) out += tr("receive.resumed", debug::format_bytes(r.before)) + "\n";
  return out;
}

std::string offer_words(const transfer_record& r) {
  return tr("receive.offer", r.device_id, escape_controls(r.username), shown_name(r),
            debug::format_bytes(r.size), r.transfer_id) +
         "\n";
}

// Of a `get` that was cut.
std::string again_words(const wire::json_object& payload) {
  const auto* name = payload.if_contains("name");
  const auto* code = payload.if_contains("code");
  const auto* seconds = payload.if_contains("seconds");
  if (name == nullptr || code == nullptr || seconds == nullptr || !name->is_string() || !code->is_string())
    return {};
  return tr("get.again", escape_controls(std::string(name->get_string())),
            text::cause_of(code_of(std::string(code->get_string()))), seconds->to_number<std::int64_t>()) +
         "\n";
}

std::string failed_words(const transfer_record& r) {
  const auto* key = r.direction == transfer_direction::out ? "send.failed" : "receive.failed";
  return tr(key, escape_controls(r.name), r.device_id, shown_reason(r)) + "\n";
}

// Who said no: the receiver's record is about this machine, and what the other side called off was not
// called off here.
error reason_of(const transfer_record& r) {
  error reason{code_of(r.code.value_or("internal")), r.message.value_or(""), {}};
  if (reason.code == errc::canceled && share::said_by_peer(reason)) return {errc::denied, {}, {}};
  return reason;
}
bool declined_here(const transfer_record& r) {
  return r.direction == transfer_direction::in && r.code == word(errc::denied);
}

}  // namespace

std::string escape_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out += escape_controls(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string shown_name(const transfer_record& r) {
  constexpr std::size_t title_bytes = 60;
  if (r.text) {
    const auto title = share::cut_utf8(std::string_view(*r.text).substr(0, r.text->find('\n')), title_bytes);
    return r.text->empty() ? tr("text.unread") : tr("text.name", escape_controls(title));
  }
  const auto name = escape_controls(r.name);
  return r.folder ? tr("folder.name", name, files_words(r.folder->files)) : name;
}

std::string answered_name(const wire::json_object& answer, const std::string& otherwise) {
  if (answer.contains("text")) return tr("send.text");
  const auto* name = answer.if_contains("name");
  return name != nullptr && name->is_string() ? escape_controls(std::string(name->get_string())) : otherwise;
}

std::string shown_state(const transfer_record& r) {
  const bool asked = r.state == transfer_state::waiting && r.direction == transfer_direction::out;
  auto out = tr(asked ? "transfers.state.asked" : "transfers.state." + wire::word_of(r.state));
  // What stopped it once says nothing of one that moves again.
  if (r.state == transfer_state::running)
    return r.size > 0 ? out + fmt::format(" {}%", 100 * r.done / r.size) : out;
  if (!r.code) return out;
  return out +
         fmt::format(" ({})", declined_here(r) ? tr("receive.declined") : text::cause_of(reason_of(r).code));
}

std::string shown_reason(const transfer_record& r) {
  return declined_here(r) ? tr("receive.declined") + "." : text::describe(reason_of(r));
}

transfer_view::transfer_view(bool json, std::size_t sends, std::function<steady_time()> clock)
    : json_(json),
      clock_(std::move(clock)),
      sends_(sends),
      board_(is_terminal(STDERR_FILENO) ? progress_style::bars : progress_style::lines) {}

void transfer_view::show(std::string_view type, const wire::json_object& payload) {
  const auto* const folder = payload.if_contains("folder");
  if ((type == "sent" || type == "received") && folder != nullptr && folder->is_object())
    if (const auto read = wire::from_json<share::tree_figures>(*folder)) incomplete_ |= read->incomplete;
  if (type == "again" && !json_) {
    clear();
    return print_error(again_words(payload));
  }
  auto told = wire::from_json<transfer_record>(wire::json_value(payload));
  if (told) count(type, *told);
  if (json_) {
    wire::json_object line{{"event", type}};
    for (const auto& [key, value] : payload) line[key] = value;
    return print_json_line(line);
  }
  if (told && told->text && told->direction == transfer_direction::out) {
    told->name = tr(own_text_ ? "send.text" : "text.unread");
    told->stored.reset();
  }
  if (told && type == "queued") {
    // An attempt after the other ends for the same reason.
    auto words = queued_words(*told);
    auto& before = waits_[told->transfer_id];
    if (before == words) return;
    before = std::move(words);
  } else if (told) {
    waits_.erase(told->transfer_id);
  }
  if (type == "progress") return told ? progress(*told) : void();
  clear();
  if (type == "ready") {
    const auto* id = payload.if_contains("device_id");
    return print_error(
        tr("receive.waiting", id != nullptr && id->is_string() ? std::string(id->get_string()) : "") + "\n");
  }
  if (type == "watching") {
    const auto* id = payload.if_contains("device_id");
    return print_error(
        tr("transfers.watching", id != nullptr && id->is_string() ? std::string(id->get_string()) : "") +
        "\n");
  }
  const auto& record = told;
  if (!record) return;
  board_.remove(record->transfer_id);
  if (type == "session") print_error(session_words(*record, payload));
  if (type == "queued") print_error(queued_words(*record));
  if (type == "paused") print_error(paused_words(*record));
  if (type == "waiting")
    print_error(tr("send.waiting", escape_controls(record->name), record->device_id) + "\n");
  if (type == "sent") print(sent_words(*record));
  if (type == "received" && record->text && !record->text->empty())
    print(text_words(*record));
  else if (type == "received")
    print_error(received_words(*record));
  if (type == "offer") print_error(offer_words(*record));
  if (type == "failed") print_error(failed_words(*record));
}

void transfer_view::progress(const transfer_record& record) {
  auto name = file_name(record.name);
  if (record.folder) name = fmt::format("{} {}/{}", name, record.folder->files_done, record.folder->files);
  if (record.folder && record.folder->current) name += " " + *record.folder->current;
  debug::progress_state state{std::move(name), record.done, record.size, record.rate, std::nullopt};
  if (record.eta_seconds) state.eta = std::chrono::seconds(*record.eta_seconds);
  if (record.seconds > 0) state.average = mean_rate(record);
  print_error(
      board_.show(record.transfer_id, std::move(state), together(), room_of(STDERR_FILENO), steady_now()));
}

void transfer_view::count(std::string_view type, const transfer_record& record) {
  auto& known = known_.insert_or_assign(record.transfer_id, record).first->second;
  if (type == "sent") known.state = transfer_state::done;
  if (type == "progress" && record.state == transfer_state::running)
    moving_.insert(record.transfer_id);
  else
    moving_.erase(record.transfer_id);
  const auto now = clock_();
  if (!moving_.empty() && !moves_since_) moves_since_ = now;
  if (moving_.empty() && moves_since_) {
    moved_for_ += now - *moves_since_;
    moves_since_.reset();
  }
  if (type == "progress" || (type == "session" && sends_ > 1)) return;
  known.rate = 0;
  if (sends_ == 1) known_.erase(record.transfer_id);
}

double transfer_view::moved_seconds() const {
  const auto now = clock_();
  return std::chrono::duration<double>(moved_for_ + (now - moves_since_.value_or(now))).count();
}

// Sizes of folders are known once they are listed.
std::optional<debug::progress_state> transfer_view::together() const {
  if (sends_ == 1 && known_.size() < 2) return std::nullopt;
  debug::progress_state out;
  std::size_t arrived = 0;
  std::uint64_t moved = 0;
  double means = 0;
  for (const auto& [id, record] : known_) {
    arrived += record.state == transfer_state::done ? 1 : 0;
    out.done += record.done;
    out.size += record.size;
    moved += record.done - std::min(record.before, record.done);
    means += mean_rate(record);
    out.bytes_per_second += record.state == transfer_state::running ? record.rate : 0;
  }
  out.name = sends_ > 1 ? tr("send.several", arrived, sends_) : tr("progress.together", known_.size());
  if (out.bytes_per_second > 0)
    out.eta = std::chrono::seconds(static_cast<std::int64_t>(
        static_cast<double>(out.size - std::min(out.done, out.size)) / out.bytes_per_second));
  const auto seconds = moved_seconds();
  out.average = sends_ > 1 ? static_cast<double>(moved) / std::max(seconds, 0.1) : means;
  return out;
}

void transfer_view::conclude() {
  clear();
  if (sends_ == 1 || known_.empty()) return;
  const auto arrived =
      std::ranges::count_if(known_, [](const auto& s) { return s.second.state == transfer_state::done; });
  // What was over before it was told took no less than it says itself.
  auto seconds = moved_seconds();
  for (const auto& [id, record] : known_)
    if (record.state == transfer_state::done) seconds = std::max(seconds, record.seconds);
  std::uint64_t bytes = 0;
  std::uint64_t moved = 0;
  for (const auto& [id, record] : known_) {
    if (record.state != transfer_state::done) continue;
    const auto came = record.folder ? record.done : record.size;
    bytes += came;
    moved += came - std::min(record.before, came);
  }
  if (json_) {
    const wire::json_object line{
        {"event", "summary"}, {"sent", arrived}, {"of", sends_}, {"bytes", bytes}, {"seconds", seconds}};
    return print_json_line(line);
  }
  print(tr_count("send.summary", static_cast<std::uint64_t>(arrived), sends_,
                 known_.begin()->second.device_id, debug::format_bytes(bytes),
                 pace_words(seconds, static_cast<double>(moved))) +
        "\n");
}

bool transfer_view::moves() const {
  return std::ranges::any_of(known_, [](const auto& s) { return s.second.state == transfer_state::running; });
}

void transfer_view::clear() {
  if (!json_) print_error(board_.clear(room_of(STDERR_FILENO)));
}

}  // namespace mesh::app
