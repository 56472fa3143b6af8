#include "agent/app/socket_asker.hpp"

#include "agent/control/control_client.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <atomic>

namespace mesh::app {
namespace {

// Requests are JSON, which holds no other bytes than UTF-8.
result<void> check_paths(const wire::json_object& payload) {
  const auto* paths = payload.if_contains("paths");
  if (paths == nullptr || !paths->is_array()) return {};
  for (const auto& path : paths->get_array())
    if (path.is_string() && !valid_utf8(path.get_string()))
      return fail(errc::name_unsafe, text::tr("send.not_utf8", std::string(path.get_string())), "PATH");
  return {};
}

class socket_asker final : public asker {
 public:
  explicit socket_asker(control::control_client client) : client_(std::move(client)) {}

  result<wire::json_object> ask(std::string_view type, wire::json_object payload,
                                const event_call& on_event) override {
    if (const auto good = check_paths(payload); !good) return std::unexpected(good.error());
    auto end = client_.call(type, std::move(payload), [&](const control::answer& a) {
      if (on_event) on_event(a.type, a.payload);
    });
    if (!end && left_) return fail(errc::canceled);
    return end;
  }
  void tell(std::string_view type, wire::json_object payload) override {
    client_.tell(type, std::move(payload));
  }
  void leave() override {
    left_ = true;
    client_.hang_up();
  }
  bool is_daemon() const override { return true; }

 private:
  std::atomic<bool> left_ = false;
  control::control_client client_;
};

}  // namespace

result<std::unique_ptr<asker>> connect_daemon(const std::filesystem::path& socket) {
  auto client = control::control_client::connect(socket);
  if (!client) return pass(client);
  return std::make_unique<socket_asker>(std::move(*client));
}

}  // namespace mesh::app
