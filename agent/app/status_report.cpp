#include "agent/app/status_report.hpp"

#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <fmt/format.h>

namespace mesh::app {

using text::tr;

std::string in_words(const status_report& s) {
  std::string out = s.running ? tr("status.running", s.pid, s.version) : tr("status.not_running");
  const auto line = [&](const std::string& text) { out += "\n  " + text; };
  line(tr("status.device", s.device_id));
  line(tr("status.key", s.key_sha256));
  if (s.running) {
    auto link = std::string(text::find("status.link." + s.link));
    if (s.link_error && s.link != "online")
      link += fmt::format(" ({})", text::describe({code_of(*s.link_error), {}, {}}));
    line(tr("status.link", link));
    if (s.quic_port != 0) line(tr("status.port", s.quic_port));
    line(tr("status.sessions", s.sessions));
    line(tr("status.transfers", s.transfers_running, s.transfers_waiting));
    line(tr(s.confined ? "status.confined" : "status.unconfined"));
  }
  return out + "\n";
}

std::string account_in_words(const status_report& s) {
  return "  " +
         (s.signed_in ? tr("status.user", escape_controls(s.username), s.server_url) : tr("status.nobody")) +
         "\n";
}

}  // namespace mesh::app
