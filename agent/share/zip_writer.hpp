// Writes a zip entry by entry into memory, stored and without anything of this machine but what the list of
// entries says: the same entries and content give the same bytes.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mesh::share {

class zip_writer {
 public:
  // out: takes the bytes as they come. Errors: library_missing, io.
  static result<std::unique_ptr<zip_writer>> make(std::function<void(bytes_view)> out);
  zip_writer(const zip_writer&) = delete;
  zip_writer& operator=(const zip_writer&) = delete;
  ~zip_writer();

  // path: in the zip. The content of a file follows, all of entry.size bytes. Errors: io.
  result<void> begin(const wire::manifest_entry& entry, const std::string& path);
  result<void> content(bytes_view data);
  // Nothing more comes. Errors: io.
  result<void> finish();

 private:
  struct handle;
  explicit zip_writer(std::unique_ptr<handle> h);
  result<void> check(long outcome);

  std::unique_ptr<handle> handle_;
};

}  // namespace mesh::share
