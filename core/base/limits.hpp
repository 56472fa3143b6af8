// Every bound of Mesh, each with its reason. A queue, a length or a wait without an entry here is a mistake.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mesh::limits {

using namespace std::chrono_literals;

// HTTP and WebSocket: a client may be hostile (design: security, "any client").
inline constexpr std::size_t http_header_bytes_max = 16UZ * 1024;
inline constexpr std::size_t http_body_bytes_max = 256UZ * 1024;
inline constexpr auto http_header_timeout = 10s;
inline constexpr auto http_body_timeout = 30s;
inline constexpr auto http_idle_timeout = 60s;
inline constexpr auto http_write_timeout = 60s;            // an answer that the client does not read
inline constexpr std::size_t http_connections_max = 8192;  // below the descriptor limit of a service
inline constexpr std::size_t http_connections_per_address_max = 256;  // loopback is exempt
inline constexpr std::size_t http_client_body_bytes_max = 4UZ * 1024 * 1024;
inline constexpr std::size_t ws_message_bytes_max = 64UZ * 1024;
inline constexpr std::size_t ws_queue_messages_max = 256;  // then the slow consumer is closed (1008)
inline constexpr std::size_t ws_queue_bytes_max = 4UZ * 1024 * 1024;  // the same, for few but long messages
inline constexpr auto ws_close_timeout = 5s;
inline constexpr std::size_t ws_connections_per_user_max = 64;  // a few machines and many tabs
inline constexpr std::size_t json_depth_max = 8;
inline constexpr auto ws_ping_interval = 20s;
inline constexpr auto ws_pong_timeout = 20s;

// Names and texts people write.
inline constexpr std::size_t username_chars_max = 32;
inline constexpr std::size_t password_bytes_max = 1024;  // long pass phrases yes, hashing megabytes no
inline constexpr std::size_t password_chars_min_network = 8;
inline constexpr std::size_t room_name_chars_max = 80;
inline constexpr std::size_t device_name_chars_max = 80;
inline constexpr std::size_t chat_text_bytes_max = 16UZ * 1024;
inline constexpr std::size_t client_id_chars_max = 64;
inline constexpr std::size_t room_members_default = 4;
inline constexpr std::size_t room_members_max = 8;
inline constexpr std::size_t rooms_per_user_max = 200;
inline constexpr std::size_t devices_per_user_max = 32;

// Sessions and tokens (contract, sections 3 and 5).
inline constexpr auto access_token_life = 15min;
inline constexpr auto refresh_token_life = std::chrono::hours(24 * 30);
inline constexpr auto cookie_session_life = std::chrono::hours(24 * 30);
inline constexpr auto capability_life_min = 60s;
inline constexpr auto capability_life_max = 180s;
inline constexpr auto capability_life_default = 120s;
inline constexpr auto clock_skew_max = 30s;
inline constexpr auto session_ack_timeout = 2s;
inline constexpr auto session_renew_interval = 60s;
inline constexpr auto session_without_server_max = 15min;
inline constexpr auto event_log_life = std::chrono::hours(24 * 7);
inline constexpr std::size_t token_bytes_max = 4096;

// Data plane (contract, section 6).
inline constexpr std::size_t json_message_bytes_max = 65'536;
inline constexpr std::size_t chunk_bytes = 262'144;
inline constexpr std::size_t frame_body_bytes_max = 1 + 8 + chunk_bytes;
inline constexpr std::size_t file_name_bytes_max = 255;      // NAME_MAX
inline constexpr std::uint64_t file_bytes_max = 1ULL << 53;  // exact in a JSON number of any peer
inline constexpr std::size_t candidates_max = 16;
inline constexpr std::size_t sessions_cached_max = 256;
inline constexpr auto handshake_timeout = 10s;
inline constexpr auto stream_stall_timeout = 60s;

// Transfers.
inline constexpr std::size_t send_buffers_max = 8;  // of chunk_bytes, for each file: over a short path
inline constexpr auto transfer_tick = 50ms;         // deadlines, rate limits
inline constexpr auto transfer_progress_interval = 100ms;
inline constexpr auto offer_answer_timeout = 5min;   // a person decides
inline constexpr auto transfer_linger_timeout = 5s;  // the peer reads the last message, then the stream goes
inline constexpr std::uint64_t transfer_bytes_per_stall_timeout_min = chunk_bytes;  // less is a stall too
inline constexpr std::uint64_t free_space_reserve_bytes = 16UZ * 1024 * 1024;       // left for the owner
inline constexpr std::size_t transfers_running_max = 256;
inline constexpr auto transfer_end_grace = 200ms;  // for the FIN behind FILE_DONE
// A receiver that only says that it is busy is believed for so long: the slowest disk and the lowest rate get
// a chunk further in it.
inline constexpr auto standstill_timeout = 10min;
// Zeros in one FILE_HOLE: as many as are hashed in some milliseconds.
inline constexpr std::uint64_t hole_bytes_max = 16ULL * 1024 * 1024;

// Slower, and what three files at once move in a minute would be a stall.
inline constexpr std::uint64_t rate_bytes_per_second_min = 16ULL * 1024;

// Transfers that go on where they stopped.
inline constexpr std::uint64_t resume_block_bytes = 16ULL * 1024 * 1024;
inline constexpr std::size_t resume_blocks_max = 512;  // so that FILE_ACCEPT fits a JSON message
inline constexpr std::uint64_t checkpoint_bytes = 64ULL * 1024 * 1024;  // what a power loss may take …
inline constexpr auto checkpoint_interval = 2s;                         // … and no more than that
inline constexpr std::size_t journal_bytes_max = 64UZ * 1024 * 1024;

// Files that wait to be sent.
inline constexpr std::size_t outbox_jobs_max = 1000;
inline constexpr std::size_t outbox_history_max = 200;
inline constexpr std::size_t outbox_running_max = 3;
inline constexpr auto outbox_retry_min = 1s;
inline constexpr auto outbox_retry_max = 60s;

inline constexpr std::size_t receive_rules_max = 500;

// Folders.
inline constexpr std::size_t folder_entries_max = 1'000'000;
inline constexpr std::size_t folder_depth_max = 64;
inline constexpr std::size_t folder_path_bytes_max = 4096;
// A larger .meshignore, or a longer line in one, is a mistake; matching costs pattern times path in the worst
// case.
inline constexpr std::size_t ignore_file_bytes_max = 1024UZ * 1024;
inline constexpr std::size_t ignore_pattern_bytes_max = 4096;
inline constexpr std::size_t manifest_page_bytes = 48UZ * 1024;  // of paths and figures, below a JSON message
// Extended attributes of one file: names and values, so that they fit a JSON message.
inline constexpr std::size_t xattrs_max = 32;
inline constexpr std::size_t xattr_bytes_max = 16UZ * 1024;

// Snippets: a text for a person, kept in memory with the list of transfers.
inline constexpr std::size_t snippet_bytes_max = 64UZ * 1024;
inline constexpr std::size_t snippets_kept_max = 50;

// Files fetched from another machine of one's own.
inline constexpr std::size_t get_folders_max = 100;      // of all rules together
inline constexpr std::size_t get_path_bytes_max = 4096;  // PATH_MAX
inline constexpr auto get_request_timeout = 30s;         // from the stream to its first message

// Terminals.
inline constexpr std::size_t terminals_max = 32;         // shared at once by one agent
inline constexpr std::size_t terminal_viewers_max = 16;  // of one terminal
inline constexpr int terminal_columns_max = 1000;
inline constexpr int terminal_rows_max = 500;
inline constexpr std::size_t terminal_scrollback_lines_max = 10'000;
// Output that a viewer has not acknowledged; further behind, it gets a fresh snapshot instead.
inline constexpr std::size_t terminal_behind_bytes_max = 1024UZ * 1024;
inline constexpr std::size_t terminal_input_bytes_max = 64UZ * 1024;  // of one TERM_IN: a paste
inline constexpr std::size_t terminal_suggestion_bytes_max = 4096;
inline constexpr std::size_t terminal_name_chars_max = 64;
inline constexpr auto terminal_resize_interval = 100ms;  // of one viewer's wishes
inline constexpr auto terminal_control_life = 5min;      // of one lease
inline constexpr auto terminal_control_life_max = 60min;
inline constexpr auto terminal_control_idle = 2min;      // without a key press
inline constexpr auto terminal_heartbeat_timeout = 15s;  // of the viewer with the keyboard
inline constexpr auto terminal_ask_timeout = 2min;       // the sharer decides

inline constexpr std::size_t terminal_rules_max = 100;
inline constexpr std::size_t terminal_masks_max = 64;  // patterns of secrets …
inline constexpr std::size_t terminal_mask_chars_max = 256;
inline constexpr std::uint64_t terminal_recording_bytes_max = 1024ULL * 1024 * 1024;

// The relay of last resort.
inline constexpr std::size_t relay_message_bytes_max = 16UZ * 1024 + 32;
inline constexpr std::size_t relay_buffered_bytes_max = 256UZ * 1024;  // per direction
inline constexpr std::size_t relay_pairs_max = 64;
inline constexpr auto relay_ticket_life = 60s;
inline constexpr auto relay_peer_timeout = 15s;  // from the first side to the second

// Control socket: only our own user connects, but a loop in a script must not exhaust the daemon.
inline constexpr std::size_t control_connections_max = 32;
inline constexpr std::size_t control_requests_max = 8;
inline constexpr std::size_t control_queue_messages_max = 256;  // then events are dropped, never an end

}  // namespace mesh::limits
