#include "server/app/metrics.hpp"

#include <array>
#include <ctime>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace mesh::app {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// Methods come from strangers; each distinct label would be a new time series for ever.
std::string known_method(std::string_view method) {
  for (const std::string_view known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
    if (method == known) return std::string(known);
  return "other";
}

}  // namespace

struct metrics::families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      BuildCounter().Name("mesh_http_requests_total").Help("HTTP requests answered").Register(registry);
  prometheus::Histogram& seconds =
      BuildHistogram()
          .Name("mesh_http_request_seconds")
          .Help("Time from request to answer")
          .Register(registry)
          .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.02, 0.1, 0.5, 2.5});
  prometheus::Counter& events_in = BuildCounter()
                                       .Name("mesh_events_total")
                                       .Help("WebSocket events")
                                       .Register(registry)
                                       .Add({{"direction", "in"}});
  prometheus::Family<prometheus::Counter>& logins =
      BuildCounter().Name("mesh_logins_total").Help("Sign-ins tried").Register(registry);
  prometheus::Family<prometheus::Counter>& sessions = BuildCounter()
                                                          .Name("mesh_p2p_sessions_total")
                                                          .Help("Sessions between machines made")
                                                          .Register(registry);
  prometheus::Gauge& connections =
      BuildGauge().Name("mesh_ws_connections").Help("Open WebSockets").Register(registry).Add({});
  prometheus::Counter& relayed =
      BuildCounter()
          .Name("mesh_relayed_bytes_total")
          .Help("Bytes of the encrypted relay of last resort; 0 unless it was used")
          .Register(registry)
          .Add({});
  prometheus::Counter& stored_media = BuildCounter()
                                          .Name("mesh_stored_media_bytes_total")
                                          .Help("Bytes of room media stored here")
                                          .Register(registry)
                                          .Add({});
  prometheus::Gauge& started =
      BuildGauge().Name("mesh_start_time_seconds").Help("Unix time of the start").Register(registry).Add({});
};

metrics::metrics() : families_(std::make_unique<families>()) {
  families_->started.Set(static_cast<double>(std::time(nullptr)));
  prometheus::BuildGauge()
      .Name("mesh_build_info")
      .Help("Version of this server")
      .Register(families_->registry)
      .Add({{"version", MESH_VERSION}})
      .Set(1);
}

metrics::~metrics() = default;

void metrics::count_request(std::string_view method, unsigned status, double seconds) {
  families_->requests.Add({{"method", known_method(method)}, {"status", std::to_string(status)}}).Increment();
  families_->seconds.Observe(seconds);
}

void metrics::count_event_in() {
  families_->events_in.Increment();
}

void metrics::count_login(bool succeeded) {
  families_->logins.Add({{"result", succeeded ? "success" : "failure"}}).Increment();
}

void metrics::count_session(std::string_view kind) {
  families_->sessions.Add({{"kind", std::string(kind)}}).Increment();
}

void metrics::count_relayed(std::size_t bytes) {
  families_->relayed.Increment(static_cast<double>(bytes));
}

void metrics::set_connections(std::size_t count) {
  families_->connections.Set(static_cast<double>(count));
}

std::string metrics::render() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace mesh::app
