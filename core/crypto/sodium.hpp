// libsodium made ready once, whoever calls first.
#pragma once

namespace mesh::crypto {

// Ends the program when libsodium cannot start: without randomness nothing here would be safe.
void ensure_sodium() noexcept;

}  // namespace mesh::crypto
