// The counters of GET /metrics, in the Prometheus text format.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace mesh::app {

class metrics {
 public:
  metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;
  ~metrics();

  void count_request(std::string_view method, unsigned status, double seconds);
  void count_event_in();  // of a WebSocket
  void count_login(bool succeeded);
  void count_session(std::string_view kind);  // p2p sessions made
  void count_relayed(std::size_t bytes);
  void set_connections(std::size_t count);

  // Bulk data never passes this server, and neither does media beyond small room pictures: both stay 0 unless
  // the encrypted relay of last resort or room media were used.
  std::string render() const;

 private:
  struct families;
  std::unique_ptr<families> families_;
};

}  // namespace mesh::app
