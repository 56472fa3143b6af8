// One PostgreSQL connection with its prepared statements, over libpq.
#pragma once
#include "server/db/connection.hpp"

#include <memory>

namespace mesh::db {

class postgres final : public connection {
 public:
  // True for postgres:// and postgresql:// addresses.
  static bool is_address(std::string_view address);
  // Whether libpq can read the address. The error repeats nothing of it: it may hold a password. Errors:
  // config_value.
  static result<void> check_address(const std::string& url);
  // Whether a server of this version (as PQserverVersion tells it) and encoding will do. Errors: database.
  static result<void> check_server(int version, std::string_view encoding);

  // Committed means durable; a statement that takes longer than 30 s fails, a silent server is given up.
  // Errors: database, with libpq's reason, which never holds the password.
  static result<std::unique_ptr<postgres>> open(const std::string& url, open_mode mode);
  postgres(const postgres&) = delete;
  postgres& operator=(const postgres&) = delete;
  ~postgres() override;

  std::int64_t run(std::string_view sql, std::span<const value> parameters,
                   const std::function<void(const row&)>& each) override;
  result<void> script(const std::string& sql) override;
  // By an advisory lock of the session, keyed by the schema. Waits 3 s: of a server that was killed the
  // session ends a moment later.
  result<void> claim() override;
  result<void> begin() override;
  result<void> begin_exclusive() override;
  result<void> commit() override;
  bool in_transaction() const noexcept override;
  bool usable() const noexcept override;
  void stream(std::string_view sql, const std::function<void(const row&)>& each) override;
  std::vector<table> tables() override;

 private:
  struct handles;
  struct answer;
  postgres(std::unique_ptr<handles> h, open_mode mode);
  result<void> configure();
  // The name of the prepared statement; empty after a failure.
  std::string prepare(std::string_view sql);
  answer ask(const std::string& sql);
  // sent: what libpq's PQsend... answered.
  answer answer_to(int sent, const std::function<void(const row&)>& each);
  answer wait(const std::function<void(const row&)>& each);
  void remember(const answer& a, std::string_view doing);

  std::unique_ptr<handles> handles_;
  open_mode mode_;
  bool claimed_ = false;
};

}  // namespace mesh::db
