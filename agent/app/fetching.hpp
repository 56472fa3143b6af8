// Files and folders fetched from another machine of the same person, both sides: what is asked for, whether
// it is given, and what is taken. The bytes then move as in every transfer.
#pragma once
#include "agent/app/receive_rules.hpp"
#include "agent/app/receiving_rules.hpp"
#include "agent/app/transfer_recorder.hpp"
#include "agent/p2p/session_info.hpp"
#include "agent/share/get_source.hpp"
#include "agent/share/openings.hpp"
#include "agent/share/transfer_table.hpp"
#include "core/wire/p2p_message.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace mesh::app {

// One thread. What it refers to outlives it.
class fetching {
 public:
  // At once for one machine: who asks and then takes nothing makes us hold the beginning of each.
  static constexpr std::size_t given_max = 8;

  // begun: something has to be ticked from now on. is_open: of a session.
  // collected: somebody comes for what is offered under an id; takes the stream unless it refuses.
  struct calls {
    std::function<void()> begun;
    std::function<bool(const mesh::session_id&)> is_open;
    std::function<result<void>(const p2p::session_info&, const std::string& id,
                               std::unique_ptr<p2p::byte_stream>& stream)>
        collected;
  };
  fetching(share::runtime rt, share::transfer_table& transfers, receiving_rules& receiving,
           transfer_recorder& recorder, calls c)
      : runtime_(rt),
        openings_(std::move(rt)),
        transfers_(transfers),
        receiving_(receiving),
        recorder_(recorder),
        calls_(std::move(c)) {}

  void set_rules(receive_rules rules) { rules_ = std::move(rules); }

  // A stream on which the other side asks. initial: bytes that came already.
  void serve(const p2p::session_info& session, std::unique_ptr<p2p::byte_stream> stream, bytes_view initial);
  // Asks on a stream for a path of the other side. begun: the id under which the book knows the transfer, or
  // why there is none; called once.
  void ask(const p2p::session_info& session, std::unique_ptr<p2p::byte_stream> stream, std::string path,
           receive_override wanted, std::function<void(result<std::string>)> begun);

  // To be called every limits::transfer_tick while !empty().
  void tick() { openings_.tick(); }
  bool empty() const noexcept { return openings_.empty(); }

 private:
  void answer(const p2p::session_info& session, share::opened_stream asked);
  // Errors: busy.
  result<void> room_for(const mesh::device_id& device) const;
  void give(const p2p::session_info& session, const wire::file_get& asked,
            std::unique_ptr<p2p::byte_stream> stream, result<share::get_source> source);
  result<std::string> take(const p2p::session_info& session, const std::string& transfer_id,
                           receive_override wanted, share::opened_stream answered);

  share::runtime runtime_;
  share::openings openings_;
  share::transfer_table& transfers_;
  receiving_rules& receiving_;
  transfer_recorder& recorder_;
  calls calls_;
  receive_rules rules_;
  std::map<mesh::device_id, std::size_t> opening_;  // asked for, being looked up on a worker thread
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace mesh::app
