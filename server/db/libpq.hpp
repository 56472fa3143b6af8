// libpq, loaded when a PostgreSQL is first used: with LDAP, Kerberos and GnuTLS in its wake it is 3 MB of
// memory that a server on SQLite does without.
#pragma once
#include "core/base/error.hpp"

#include <libpq-fe.h>

namespace mesh::db::libpq {

// clang-format off
#define MESH_LIBPQ_FUNCTIONS(X)                                                                              \
  X(PQclear) X(PQcmdStatus) X(PQcmdTuples) X(PQconnectdbParams) X(PQconninfoFree) X(PQconninfoParse)         \
  X(PQconsumeInput) X(PQerrorMessage) X(PQfinish) X(PQflush) X(PQfreemem) X(PQgetisnull) X(PQgetlength)      \
  X(PQgetResult) X(PQgetvalue) X(PQisBusy) X(PQntuples) X(PQparameterStatus) X(PQresultErrorField)           \
  X(PQresultStatus) X(PQsendPrepare) X(PQsendQuery) X(PQsendQueryPrepared) X(PQserverVersion)                \
  X(PQsetNoticeProcessor) X(PQsetSingleRowMode) X(PQsocket) X(PQstatus) X(PQtransactionStatus)
// clang-format on

struct functions {
#define MESH_LIBPQ_MEMBER(name) decltype(&::name) name = nullptr;
  MESH_LIBPQ_FUNCTIONS(MESH_LIBPQ_MEMBER)
#undef MESH_LIBPQ_MEMBER
};

// Filled by load(); nothing of it may be called before load() succeeded.
const functions& call() noexcept;

// From any thread, as often as one likes. Errors: database when the library is missing or lacks a function.
result<void> load();

}  // namespace mesh::db::libpq
