// What a client may learn of an error: what went wrong inside is for the log alone.
#pragma once
#include "core/base/error.hpp"

namespace mesh::models {

// Faults of this server become internal or busy with a general sentence; what the client can act on stays.
inline error public_error(const error& why) {
  switch (why.code) {
    case errc::database:
      return {errc::busy, "the server could not do this; try again", {}};
    case errc::internal:
    case errc::io:
      return {errc::internal, "the server could not do this; try again", {}};
    default:
      return why;
  }
}

}  // namespace mesh::models
