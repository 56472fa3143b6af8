#include "agent/app/stopped_send.hpp"

#include "agent/app/transfer_book.hpp"
#include "agent/share/file_sender.hpp"

namespace mesh::app {
namespace {

bool is_complete(const wire::json_object& progress) {
  const auto* done = progress.if_contains("done");
  const auto* size = progress.if_contains("size");
  return done != nullptr && size != nullptr && *done == *size;
}

}  // namespace

std::string text_in(const wire::json_object& payload, std::string_view key) {
  const auto* found = payload.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

void follow_told(files_under_way& files, std::string_view type, const std::string& id,
                 const wire::json_object& payload, bool daemon) {
  const auto code = text_in(payload, "code");
  const bool here =
      code == word(errc::canceled) && !share::said_by_peer({errc::canceled, text_in(payload, "message"), {}});
  if (type == "sent" || (type == "failed" && !here)) {
    files.erase(id);
    return;
  }
  if (type == "session") {
    // Another command began it.
    const bool moves = text_in(payload, "already") == wire::word_of(transfer_state::running);
    files.insert_or_assign(
        id, std::pair(text_in(payload, "name"), moves ? told_there::at_once : told_there::unreached));
    return;
  }
  const auto file = files.find(id);
  if (file == files.end()) return;
  auto& told = file->second.second;
  if (type == "untold") told = daemon ? told_there::later : told_there::never;
  if (type == "queued") told = told_there::waited;
  if (type == "waiting") told = told_there::at_once;
  if (type == "progress") told = is_complete(payload) ? told_there::complete : told_there::at_once;
}

stopped_files stopped_of(const files_under_way& files) {
  stopped_files out;
  for (const auto& [id, file] : files) out.push_back(file);
  return out;
}

}  // namespace mesh::app
