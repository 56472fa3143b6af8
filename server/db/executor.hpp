// SQL in portable words: "$1" parameters, rows read in order. One implementation per database engine; the
// stores above it know none of them.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

namespace mesh::db {

// Null, a number or a text.
using value = std::variant<std::monostate, std::int64_t, std::string>;

namespace detail {
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
concept identifier = requires(const T& t) {
  { t.str() } -> std::same_as<const std::string&>;
};
}  // namespace detail

// Times become Unix milliseconds, enums their word, identifiers their text.
template <class T>
value to_value(const T& from) {
  if constexpr (detail::is_optional<T>) {
    return from ? to_value(*from) : value();
  } else if constexpr (detail::identifier<T>) {
    return from.str();
  } else if constexpr (std::is_same_v<T, wall_time>) {
    return unix_milliseconds(from);
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(boost::describe::enum_to_string(from, ""));
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<std::int64_t>(from);
  } else {
    return std::string(std::string_view(from));
  }
}

// One row of an answer, valid only inside the call that gets it. Columns count from 0.
class row {
 public:
  virtual ~row() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string text(int column) const = 0;

  template <class T>
  T get(int column) const {
    if constexpr (detail::is_optional<T>) {
      if (is_null(column)) return std::nullopt;
      return get<typename T::value_type>(column);
    } else if constexpr (std::is_same_v<T, std::string>) {
      return text(column);
    } else if constexpr (detail::identifier<T>) {
      return T(text(column));
    } else if constexpr (std::is_same_v<T, wall_time>) {
      return from_unix_milliseconds(integer(column));
    } else if constexpr (std::is_enum_v<T>) {
      T out{};
      boost::describe::enum_from_string(text(column).c_str(), out);
      return out;
    } else {
      return static_cast<T>(integer(column));
    }
  }
};

// Runs statements of one connection. A failure is remembered: later statements do nothing and answer nothing.
class executor {
 public:
  virtual ~executor() = default;
  // Calls each (which runs no SQL itself) for every row. The number of rows changed by an INSERT, UPDATE or
  // DELETE.
  virtual std::int64_t run(std::string_view sql, std::span<const value> parameters,
                           const std::function<void(const row&)>& each) = 0;

  template <class... Args>
  std::int64_t exec(std::string_view sql, const Args&... args) {
    const std::vector<value> parameters{to_value(args)...};
    return run(sql, parameters, {});
  }

  // All rows as described structs, columns in the order of their members, theirs in turn; or as single
  // values.
  template <class T, class... Args>
  std::vector<T> all(std::string_view sql, const Args&... args) {
    const std::vector<value> parameters{to_value(args)...};
    std::vector<T> out;
    run(sql, parameters, [&](const row& r) {
      int column = 0;
      out.push_back(read<T>(r, column));
    });
    return out;
  }

  template <class T, class... Args>
  std::optional<T> one(std::string_view sql, const Args&... args) {
    auto rows = all<T>(sql, args...);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  // A number, 0 when there is no row.
  template <class... Args>
  std::int64_t number(std::string_view sql, const Args&... args) {
    return one<std::int64_t>(sql, args...).value_or(0);
  }

  // Runs sql with the members of a described struct as $1, $2 ...
  template <class T>
  std::int64_t insert(std::string_view sql, const T& from) {
    std::vector<value> parameters;
    using members = boost::describe::describe_members<T, boost::describe::mod_any_access>;
    boost::mp11::mp_for_each<members>([&](auto d) { parameters.push_back(to_value(from.*d.pointer)); });
    return run(sql, parameters, {});
  }

 private:
  template <class T>
  static T read(const row& r, int& column) {
    if constexpr (boost::describe::has_describe_members<T>::value) {
      T out;
      using members = boost::describe::describe_members<T, boost::describe::mod_any_access>;
      boost::mp11::mp_for_each<members>([&](auto d) {
        using member = std::remove_cvref_t<decltype(out.*d.pointer)>;
        out.*d.pointer = read<member>(r, column);
      });
      return out;
    } else {
      return r.get<T>(column++);
    }
  }
};

}  // namespace mesh::db
