#include "server/db/connection.hpp"

namespace mesh::db {

result<void> outcome_of(const connection& c) {
  if (c.failure()) return std::unexpected(*c.failure());
  return {};
}

}  // namespace mesh::db
