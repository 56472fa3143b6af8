// Which files this machine takes, and into which folder: as configured, unless a standing rule or somebody
// who asks for a while says otherwise.
#pragma once
#include "agent/app/consents.hpp"
#include "agent/app/receive_rules.hpp"
#include "agent/app/transfer_origin.hpp"
#include "agent/config/agent_config.hpp"
#include "agent/p2p/session_info.hpp"
#include "agent/share/collision.hpp"
#include "agent/share/directory_sink.hpp"
#include "agent/share/transfer_table.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mesh::app {

// How files are received while somebody asks for something else than the configuration says.
struct receive_override {
  std::optional<config::receive_mode> mode;
  bool refuse_questions = false;  // what would wait for an answer is refused at once
  std::filesystem::path folder;   // empty: the configured one
  std::optional<share::collision> on_collision;
  bool nothing = false;    // all is refused as busy: senders try again
  bool to_stdout = false;  // no folder: this process's standard output, one file at a time
  bool closed = false;     // takes nothing new
};

class receiving_rules {
 public:
  // config and dir, where a person's yes is kept, outlive the rules.
  receiving_rules(const config::agent_config& config, const os::private_dir& dir)
      : config_(config), consents_(dir, wall_now()) {}

  // In force until end() of the number that is returned, which is never 0; of several, the newest. What one
  // began to take, it goes on taking.
  std::uint64_t begin(receive_override wanted);
  void end(std::uint64_t number);
  // It takes nothing new, and goes on with what it began to take.
  void begin_no_more(std::uint64_t number);
  // Of the one in force; 0 when there is none.
  std::uint64_t in_force() const;
  // Of the one that takes this transfer, or would.
  std::uint64_t taker_of(const transfer_origin& of) const;
  // What that one has begun to take since then.
  std::vector<transfer_origin> taken_since(std::uint64_t number, steady_time then) const;
  void set_standing(receive_rules rules) { standing_ = std::move(rules); }
  // For a file that comes in this session. The request refers to these rules.
  share::receive_request request_for(const p2p::session_info& session);
  // For what somebody here fetches himself: nobody is asked, and it goes where he wants it.
  share::receive_request request_for_get(const p2p::session_info& session, receive_override wanted);
  // Where short texts go. number: of the transfer.
  void on_text(std::function<void(std::uint64_t number, std::string text)> call) {
    text_came_ = std::move(call);
  }
  // Which interrupted transfers will go on: their parts are left to them.
  void set_expected(share::expected_transfer call) { expected_ = std::move(call); }
  bool refuses_questions() const;

 private:
  std::optional<receive_override> override_now() const;
  // The one that takes it from now on until it ends, whatever is asked for meanwhile: its part lies there.
  std::optional<receive_override> override_for(const share::transfer_info& info);
  // Number 0 is none.
  std::optional<receive_override> override_by(std::uint64_t number) const;
  share::consent agreed_to(std::string_view key, const receive_rule& standing,
                           const share::transfer_info& info) const;
  bool is_taken_unasked(const share::transfer_info& info) const;
  void forget_ended();
  result<std::unique_ptr<share::file_sink>> make_sink(const receive_rule& standing,
                                                      const share::transfer_info& info,
                                                      const std::optional<receive_override>& wanted);
  std::filesystem::path folder_by(const receive_rule& standing,
                                  const std::optional<receive_override>& wanted) const;
  static share::collision policy_by(const receive_rule& standing,
                                    const std::optional<receive_override>& wanted);
  result<share::folder_place> place_for_folder(const receive_rule& standing,
                                               const std::optional<receive_override>& wanted) const;

  const config::agent_config& config_;
  std::vector<std::pair<std::uint64_t, receive_override>> overrides_;  // the newest last
  std::uint64_t last_number_ = 0;
  struct taker {
    std::uint64_t number = 0;  // of an override
    steady_time since{};
  };
  std::map<transfer_origin, taker> takers_;
  consents consents_;
  receive_rules standing_;
  share::expected_transfer expected_;
  std::function<void(std::uint64_t, std::string)> text_came_;
  std::weak_ptr<const int> stdout_lease_;  // of the file that goes there
};

}  // namespace mesh::app
