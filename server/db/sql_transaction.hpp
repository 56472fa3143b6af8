// services::transaction over any SQL engine: the tables together.
#pragma once
#include "server/db/log_tables.hpp"
#include "server/db/people_tables.hpp"
#include "server/db/room_tables.hpp"

namespace mesh::db {

// The engine's BEGIN and COMMIT are the caller's business.
class sql_transaction final : public services::transaction {
 public:
  explicit sql_transaction(executor& sql);
  services::user_store& users() override { return users_; }
  services::login_store& logins() override { return logins_; }
  services::device_store& devices() override { return devices_; }
  services::code_store& codes() override { return codes_; }
  services::room_store& rooms() override { return rooms_; }
  services::invitation_store& invitations() override { return invitations_; }
  services::message_store& messages() override { return messages_; }
  services::p2p_store& p2p() override { return p2p_; }
  services::lease_store& leases() override { return leases_; }
  services::event_store& events() override { return events_; }
  services::meta_store& meta() override { return meta_; }
  void prune(wall_time now) override;

 private:
  executor& sql_;
  user_table users_;
  login_table logins_;
  device_table devices_;
  code_table codes_;
  room_table rooms_;
  invitation_table invitations_;
  message_table messages_;
  p2p_table p2p_;
  lease_table leases_;
  event_table events_;
  meta_table meta_;
};

}  // namespace mesh::db
