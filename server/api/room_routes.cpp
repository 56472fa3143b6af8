// Rooms, members, grids and invitations.
#include "core/wire/room_bodies.hpp"
#include "server/api/http_status.hpp"
#include "server/api/make_route.hpp"
#include "server/api/routes.hpp"
#include "server/services/direct.hpp"
#include "server/services/guests.hpp"
#include "server/services/invitations.hpp"
#include "server/services/members.hpp"

namespace mesh::api {
namespace {

using models::caller;
using services::context;

room_id room_of(const parameters& path) {
  return room_id(parameter(path, "room_id"));
}
user_id user_of(const parameters& path) {
  return user_id(parameter(path, "user_id"));
}

io::task<result<net::http_response>> preview(call& c) {
  if (const auto wait = c.limits.knock(c.client.ip); wait.count() > 0) co_return rate_limited(wait);
  auto work = [code = c.at("invitation")](context& x) { return services::preview_invitation(x, code); };
  co_return co_await answer_read(c, 200, std::move(work));
}

io::task<result<net::http_response>> direct(call& c, wire::direct_request body) {
  auto work = [who = c.caller, body = std::move(body)](context& x) {
    return services::open_direct(x, who, body);
  };
  const auto done = co_await change(c.with, std::move(work));
  if (!done) co_return std::unexpected(done.error());
  co_return write_answer(done->created ? 201 : 200, done->answer);
}

void add_rooms(std::vector<route>& table) {
  table.push_back(make_reader<wire::room_list>(
      "/api/rooms", "Your rooms",
      [](context& x, const caller& who, const parameters&) { return services::list_rooms(x, who); }));
  table.push_back(make_writer<wire::room_request, wire::room_answer>(
      "POST", "/api/rooms", "Make a room", 201,
      [](context& x, const caller& who, const parameters&, const wire::room_request& body) {
        return services::create_room(x, who, body);
      }));
  table.push_back(make_reader<wire::room_answer>("/api/rooms/{room_id}", "One room",
                                                 [](context& x, const caller& who, const parameters& path) {
                                                   return services::get_room(x, who, room_of(path));
                                                 }));
  table.push_back(make_writer<wire::room_request, wire::room_answer>(
      "PATCH", "/api/rooms/{room_id}", "Rename a room", 200,
      [](context& x, const caller& who, const parameters& path, const wire::room_request& body) {
        return services::rename_room(x, who, room_of(path), body);
      }));
  table.push_back(make_writer<wire::lock_request, wire::room_answer>(
      "PUT", "/api/rooms/{room_id}/lock", "Let nobody in, or let people in again", 200,
      [](context& x, const caller& who, const parameters& path, const wire::lock_request& body) {
        return services::lock_room(x, who, room_of(path), body);
      }));
  table.push_back(make_route<wire::direct_request, wire::room_answer>(
      "POST", "/api/direct", access::signed_in, "The conversation of two with a person", {201, 200}, direct));
  table.push_back(make_writer<none, none>("DELETE", "/api/rooms/{room_id}", "Delete a room with its messages",
                                          204, [](context& x, const caller& who, const parameters& path) {
                                            return services::delete_room(x, who, room_of(path));
                                          }));
  table.push_back(make_reader<wire::grid_body>("/api/rooms/{room_id}/grid", "What each role may do",
                                               [](context& x, const caller& who, const parameters& path) {
                                                 return services::get_grid(x, who, room_of(path));
                                               }));
  table.push_back(make_writer<wire::grid_body, wire::grid_body>(
      "PUT", "/api/rooms/{room_id}/grid", "Set what each role may do", 200,
      [](context& x, const caller& who, const parameters& path, const wire::grid_body& body) {
        return services::set_grid(x, who, room_of(path), body);
      }));
}

void add_members(std::vector<route>& table) {
  table.push_back(make_writer<wire::member_request, wire::room_answer>(
      "POST", "/api/rooms/{room_id}/members", "Add a person who has an account", 200,
      [](context& x, const caller& who, const parameters& path, const wire::member_request& body) {
        return services::add_member(x, who, room_of(path), body);
      }));
  table.push_back(make_writer<wire::role_request, wire::room_answer>(
      "PATCH", "/api/rooms/{room_id}/members/{user_id}", "Change a person's role", 200,
      [](context& x, const caller& who, const parameters& path, const wire::role_request& body) {
        return services::set_role(x, who, room_of(path), user_of(path), body);
      }));
  table.push_back(
      make_writer<none, none>("DELETE", "/api/rooms/{room_id}/members/{user_id}", "Remove a person", 204,
                              [](context& x, const caller& who, const parameters& path) {
                                return services::remove_other(x, who, room_of(path), user_of(path));
                              }));
  table.push_back(make_writer<wire::leave_request, none>(
      "POST", "/api/rooms/{room_id}/leave", "Leave a room, its last owner by naming the next", 204,
      [](context& x, const caller& who, const parameters& path, const wire::leave_request& body) {
        return services::leave_room(x, who, room_of(path), body);
      }));
}

void add_waiting(std::vector<route>& table) {
  table.push_back(make_writer<wire::empty_body, wire::room_answer>(
      "POST", "/api/rooms/{room_id}/waiting/{user_id}", "Let a guest in who waits", 200,
      [](context& x, const caller& who, const parameters& path, const wire::empty_body&) {
        return services::let_in(x, who, room_of(path), user_of(path));
      }));
  table.push_back(make_writer<none, none>("DELETE", "/api/rooms/{room_id}/waiting/{user_id}",
                                          "Turn a guest away who waits", 204,
                                          [](context& x, const caller& who, const parameters& path) {
                                            return services::turn_away(x, who, room_of(path), user_of(path));
                                          }));
}

void add_invitations(std::vector<route>& table) {
  table.push_back(make_writer<wire::invitation_request, wire::invitation_answer>(
      "POST", "/api/rooms/{room_id}/invitations", "Make an invitation link", 201,
      [](context& x, const caller& who, const parameters& path, const wire::invitation_request& body) {
        return services::create_invitation(x, who, room_of(path), body);
      }));
  table.push_back(
      make_reader<wire::invitation_list>("/api/rooms/{room_id}/invitations", "Open invitations",
                                         [](context& x, const caller& who, const parameters& path) {
                                           return services::list_invitations(x, who, room_of(path));
                                         }));
  table.push_back(make_route<none, wire::invitation_preview>(
      "GET", "/api/invitations/{invitation}", access::open, "What an invitation is for", {200}, preview));
  table.push_back(make_writer<wire::empty_body, wire::room_answer>(
      "POST", "/api/invitations/{invitation}/accept", "Enter the room of an invitation", 200,
      [](context& x, const caller& who, const parameters& path, const wire::empty_body&) {
        return services::accept_invitation(x, who, parameter(path, "invitation"));
      }));
  table.push_back(make_writer<none, none>("DELETE", "/api/invitations/{invitation}", "Withdraw an invitation",
                                          204, [](context& x, const caller& who, const parameters& path) {
                                            return services::delete_invitation(
                                                x, who, invitation_id(parameter(path, "invitation")));
                                          }));
}

}  // namespace

std::vector<route> room_routes() {
  std::vector<route> table;
  add_rooms(table);
  add_members(table);
  add_waiting(table);
  add_invitations(table);
  return table;
}

}  // namespace mesh::api
