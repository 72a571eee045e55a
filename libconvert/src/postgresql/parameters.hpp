// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/time.hpp>

namespace convert::postgresql {

/// Binary data, for a parameter of type bytea.
struct Bytes {
  std::string_view data;
};

/// The values of $1, $2, ... of one statement in PostgreSQL's text format. Numbers have the type bigint or
/// double precision, flags boolean, vectors bigint[], text[] and double precision[]; texts have the type that
/// the statement needs. A text with a NUL makes the statement fail, as one with invalid UTF-8 does in the
/// server.
class Parameters {
 public:
  template <class... Values>
  explicit Parameters(const Values&... values) {
    texts_.reserve(sizeof...(values));
    types_.reserve(sizeof...(values));
    (add(values), ...);
  }

  template <std::integral Number>
  void add(Number value) {
    if constexpr (std::same_as<Number, bool>) {
      add_text(value ? "t" : "f", kBoolean);
    } else {
      add_text(std::to_string(value), kBigint);
    }
  }
  void add(double value);
  void add(std::string_view value) { add_text(std::string(value), kUnknown); }
  void add(const std::string& value) { add_text(value, kUnknown); }
  void add(const char* value) { add_text(value, kUnknown); }
  void add(Time value) { add(value.time_since_epoch().count()); }
  void add(const Bytes& value);
  void add(std::span<const std::int64_t> values);
  void add(std::span<const double> values);
  void add(std::span<const std::string> values);
  /// An array of texts in which an empty optional is NULL.
  void add(std::span<const std::optional<std::string>> values);
  template <class Value>
  void add(const std::vector<Value>& values) {
    add(std::span<const Value>(values));
  }
  template <class Value>
  void add(const std::optional<Value>& value) {
    if (value) {
      add(*value);
    } else {
      add_null(type_of<Value>());
    }
  }

  int size() const { return static_cast<int>(texts_.size()); }
  const unsigned* types() const { return types_.data(); }
  /// Whether a text has a NUL, which PostgreSQL does not store.
  bool has_nul() const { return has_nul_; }
  /// Null for NULL. Valid until the next `add`.
  std::vector<const char*> values() const;

 private:
  // The object identifiers of pg_type.dat, which never change.
  static constexpr unsigned kUnknown = 0;
  static constexpr unsigned kBoolean = 16;
  static constexpr unsigned kBytea = 17;
  static constexpr unsigned kBigint = 20;
  static constexpr unsigned kDouble = 701;
  static constexpr unsigned kTextArray = 1009;
  static constexpr unsigned kBigintArray = 1016;
  static constexpr unsigned kDoubleArray = 1022;

  template <class Value>
  static constexpr unsigned type_of() {
    if constexpr (std::same_as<Value, bool>) return kBoolean;
    if constexpr (std::integral<Value> || std::same_as<Value, Time>) return kBigint;
    if constexpr (std::same_as<Value, double>) return kDouble;
    return kUnknown;
  }
  void add_text(std::string text, unsigned type) {
    has_nul_ = has_nul_ || text.find('\0') != std::string::npos;
    texts_.emplace_back(std::move(text));
    types_.push_back(type);
  }
  void add_null(unsigned type) {
    texts_.emplace_back(std::nullopt);
    types_.push_back(type);
  }

  std::vector<std::optional<std::string>> texts_;
  std::vector<unsigned> types_;
  bool has_nul_ = false;
};

}  // namespace convert::postgresql
