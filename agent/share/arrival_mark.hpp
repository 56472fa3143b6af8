// An extended attribute of a file or folder that arrived: by which transfer it came. The sender may not have
// heard of it (a power cut, a kill) and offer the same once more. Absent on file systems without such
// attributes.
#pragma once
#include <filesystem>
#include <string>

namespace mesh::share {

// user, device: of the sender, as the handshake proved them, so that nobody is told of what others sent.
// transfer_id: the sender's own.
std::string arrival_mark(const std::string& user, const std::string& device, const std::string& transfer_id);

void set_arrival_mark(int fd, const std::string& mark) noexcept;
bool has_arrival_mark(int fd, const std::string& mark) noexcept;
// Of whatever transfer. A link is not followed.
bool has_any_arrival_mark(const std::filesystem::path& path) noexcept;
void remove_arrival_mark(int fd) noexcept;

}  // namespace mesh::share
