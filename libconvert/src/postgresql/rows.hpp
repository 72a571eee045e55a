// SPDX-License-Identifier: MIT
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <convert/time.hpp>

namespace convert::postgresql {

struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

/// The result rows of a statement, all in memory: before the first row at first. Outlives its connection.
class Rows {
 public:
  Rows() = default;  ///< no rows
  explicit Rows(ResultHandle result) : result_(std::move(result)), size_(PQntuples(result_.get())) {}

  /// Goes to the next row; false after the last one.
  bool next() { return ++row_ < size_; }
  std::size_t size() const { return static_cast<std::size_t>(size_); }
  /// The number of rows that the statement inserted, updated, deleted or returned.
  std::int64_t affected() const;

  bool is_null(int column) const { return PQgetisnull(result_.get(), row_, column) == 1; }
  std::int64_t integer(int column) const;  ///< 0 for NULL
  double real(int column) const;           ///< 0 for NULL
  bool boolean(int column) const { return view(column) == "t"; }
  std::string text(int column) const { return std::string(view(column)); }
  /// Valid as long as the Rows.
  std::string_view view(int column) const {
    return {PQgetvalue(result_.get(), row_, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
  }
  std::string bytes(int column) const;  ///< of a column of type bytea
  Time time(int column) const { return Time(std::chrono::milliseconds(integer(column))); }
  std::vector<std::int64_t> integers(int column) const;  ///< of a column of type bigint[]
  std::vector<std::string> texts(int column) const;      ///< of a column of type text[]; "" for NULL

 private:
  ResultHandle result_;
  int row_ = -1;
  int size_ = 0;
};

}  // namespace convert::postgresql
