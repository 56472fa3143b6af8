#include "agent/app/socket_asker.hpp"

#include "agent/control/control_client.hpp"

namespace mesh::app {
namespace {

class socket_asker final : public asker {
 public:
  explicit socket_asker(control::control_client client) : client_(std::move(client)) {}

  result<wire::json_object> ask(std::string_view type, wire::json_object payload,
                                const event_call& on_event) override {
    return client_.call(type, std::move(payload), [&](const control::answer& a) {
      if (on_event) on_event(a.type, a.payload);
    });
  }
  void tell(std::string_view type, wire::json_object payload) override {
    client_.tell(type, std::move(payload));
  }
  bool is_daemon() const override { return true; }

 private:
  control::control_client client_;
};

}  // namespace

result<std::unique_ptr<asker>> connect_daemon(const std::filesystem::path& socket) {
  auto client = control::control_client::connect(socket);
  if (!client) return pass(client);
  return std::make_unique<socket_asker>(std::move(*client));
}

}  // namespace mesh::app
