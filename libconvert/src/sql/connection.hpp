// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <convert/result.hpp>
#include <convert/time.hpp>

#include "sql/dialect.hpp"

/// What SQLite and PostgreSQL share. Statements that both understand are written once, in functions that are
/// templates over the type of the connection: `template <sql::Connection Database> void f(Database&, ...)`.
namespace convert::sql {

/// The result rows of a statement: before the first row at first.
template <class T>
concept Rows = requires(T rows, const T& row) {
  { rows.next() } -> std::same_as<bool>;  // goes to the next row; false after the last one
  { row.integer(0) } -> std::same_as<std::int64_t>;
  { row.real(0) } -> std::same_as<double>;
  { row.text(0) } -> std::same_as<std::string>;
  { row.is_null(0) } -> std::same_as<bool>;
  { row.time(0) } -> std::same_as<Time>;
};

/// A connection for one thread at a time. Parameters are $1, $2, ... After its first error it ignores all
/// statements until `take_error` is called, so a sequence of statements needs one check at its end. Both
/// implementations bind integers, doubles, texts, Time (as milliseconds) and optionals of these.
template <class T>
concept Connection = requires(T& connection, std::string_view statement, Error error) {
  { connection.query(statement) } -> Rows;
  { connection.query(statement, std::int64_t(), double(), statement, Time(), std::optional<Time>()) } -> Rows;
  { connection.execute(statement, std::int64_t(), statement) } -> std::same_as<std::int64_t>;
  {connection.fail(error)};
  { connection.failed() } -> std::same_as<bool>;
  { connection.take_error() } -> std::same_as<std::optional<Error>>;
  { T::kDialect } -> std::convertible_to<Dialect>;
};

}  // namespace convert::sql
