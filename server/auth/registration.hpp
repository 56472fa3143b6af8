// Who may make an account (contract, section 3).
#pragma once
#include "core/base/error.hpp"

namespace mesh::auth {

struct registration_facts {
  bool first_account = false;  // nobody has set a password yet
  bool loopback_only = false;
  bool open_registration = false;
  bool invited = false;  // a valid invitation came with the request
};

// True when anybody who reaches the server may register.
constexpr bool registration_open(const registration_facts& f) {
  return f.first_account || f.loopback_only || f.open_registration;
}

// Errors: invitation_required.
inline result<void> check_registration(const registration_facts& f) {
  if (registration_open(f) || f.invited) return {};
  return fail(errc::invitation_required, "an invitation is needed to register on this server", "invitation");
}

}  // namespace mesh::auth
