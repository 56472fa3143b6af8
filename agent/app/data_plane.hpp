// The data plane of this agent: the p2p node, the transfers on it, and the list of both.
#pragma once
#include "agent/app/home.hpp"
#include "agent/app/plane_sessions.hpp"
#include "agent/app/receiving_rules.hpp"
#include "agent/app/status_report.hpp"
#include "agent/app/transfer_list.hpp"
#include "agent/config/agent_config.hpp"
#include "agent/p2p/byte_stream.hpp"
#include "agent/p2p/session_info.hpp"
#include "agent/share/file_source.hpp"
#include "agent/share/rate_limits.hpp"
#include "agent/share/source_tree.hpp"
#include "core/io/loop.hpp"
#include "core/io/task.hpp"
#include "core/wire/payloads.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::app {

// How something is sent. rate: bytes per second at most. text: a short text for a person. xattrs: extended
// attributes go along.
struct sending_options {
  std::optional<std::uint64_t> rate = {};
  bool text = false;
  bool xattrs = false;
};

// A stream of a shared terminal, with what its session says.
struct terminal_stream {
  p2p::session_info session;
  std::string username;  // of the other side
  std::unique_ptr<p2p::byte_stream> stream;
  bytes initial;  // of it, when the other side opened it
};

// One thread.
class data_plane {
 public:
  // Binds the UDP port: the configured one, else the one of last time, else a free one. known: keys of the
  // devices met so far. Errors: port_in_use, io.
  static result<std::unique_ptr<data_plane>> open(io::loop& loop, const home& own,
                                                  const config::agent_config& config,
                                                  std::shared_ptr<p2p::known_peers> known);
  ~data_plane();
  data_plane(const data_plane&) = delete;
  data_plane& operator=(const data_plane&) = delete;

  plane_sessions& sessions();
  // Called when a running session wants its minute renewed by the server.
  void on_renewal_due(std::function<void(const std::string& session_id)> call);
  // Called when the certificates for browsers are others than before.
  void on_rotation(std::function<void()> call);

  // -- sending
  // Sends one file over a connected session; transfer_book knows it under the id that is returned. rate:
  // bytes per second at most.
  result<std::string> send(const std::string& session_id, const std::filesystem::path& file,
                           std::optional<std::uint64_t> rate);
  // The same for somebody who keeps the book; transfer_id is what the receiver is told. Returns the number
  // for stop().
  result<std::uint64_t> send(const std::string& session_id, share::file_source source,
                             std::string transfer_id, transfer_watch watch, sending_options how);
  // A folder of ours, listed on a worker thread.
  io::task<result<share::source_tree>> scan(std::filesystem::path folder, share::ignore_files patterns);
  // The same as one zip, made while it is sent.
  // left_out: of the folder, beside what the zip holds.
  struct zipped {
    share::file_source source;
    share::tree_figures left_out;
  };
  io::task<result<zipped>> zip(std::filesystem::path folder, share::ignore_files patterns);
  // As send(), for a folder over a session of that kind.
  result<std::uint64_t> send_folder(const std::string& session_id,
                                    std::shared_ptr<const share::source_tree> source, std::string transfer_id,
                                    transfer_watch watch, sending_options how);
  void stop(std::uint64_t number, const error& reason);
  result<void> cancel(const std::string& transfer_id);
  // Bytes per second of a running transfer: by the number of send(), or as the book knows it. Errors:
  // not_found.
  void limit(std::uint64_t number, std::optional<std::uint64_t> rate);
  result<void> limit(const std::string& transfer_id, std::optional<std::uint64_t> rate);
  // Of all transfers and of those with one device.
  share::rate_limits& rates();

  // Asks the sending side of a connected session for a file or folder of its machine. begun: the id under
  // which the book knows it, or the refusal; called once.
  result<void> get(const std::string& session_id, std::string path, receive_override wanted,
                   std::function<void(result<std::string>)> begun);

  // Somebody comes for what is offered to their device under an id: takes the stream and sends by it, or
  // refuses. Without a call everything is refused.
  using collector = std::function<result<void>(const p2p::session_info&, const std::string& id,
                                               std::unique_ptr<p2p::byte_stream>& stream)>;
  void on_collected(collector call);
  // As send(), by a stream that the receiver opened.
  result<std::uint64_t> give(const std::string& session_id, std::unique_ptr<p2p::byte_stream> stream,
                             share::file_source source, std::string transfer_id, transfer_watch watch,
                             std::optional<std::uint64_t> rate);

  // -- terminals
  // A stream in a connected session, opened here. Errors: session_unknown.
  result<terminal_stream> open_terminal(const std::string& session_id);
  struct terminal_calls {
    std::function<void(terminal_stream)> stream;  // the other side opened it
    std::function<void(const mesh::session_id&, const error&)> closed;
  };
  void on_terminals(terminal_calls calls);

  // -- receiving
  // How files are received until end_receiving() of the number that is returned; of several, the newest
  // holds.
  std::uint64_t begin_receiving(receive_override wanted);
  void end_receiving(std::uint64_t number);
  // What it began to take is taken to its end.
  void begin_no_more(std::uint64_t number);
  // The number of what holds; 0 when nobody asks for anything.
  std::uint64_t receiving() const;
  // The number of what holds for this transfer, which what began to take it goes on taking.
  std::uint64_t taker_of(const std::string& transfer_id) const;
  // Something that it began to take has neither come nor failed nor been cut.
  bool takes_still(std::uint64_t number) const;
  void set_rules(receive_rules rules);
  // The answer to a waiting file. Errors: not_found.
  result<void> answer(const std::string& transfer_id, bool accept);

  transfer_book& book();
  book_watch& watch();
  void describe(status_report& into) const;
  wire::json_object quic_stats() const;
  wire::json_object session_cache() const;

  // Says goodbye to every peer.
  io::task<> close();

 private:
  struct parts;
  explicit data_plane(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace mesh::app
