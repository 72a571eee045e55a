// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace convert::base {

/// Writes one line of JSON in the order of the calls. (Boost.JSON's serializer writes 62.5 as 6.25E1 and
/// copies the members of objects.)
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// A member's name; its value follows.
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);  ///< invalid UTF-8 becomes U+FFFD
  JsonWriter& integer(std::int64_t value);
  JsonWriter& unsigned_integer(std::uint64_t value);
  JsonWriter& number(double value);  ///< the shortest text that parses to the same number; null if not finite
  JsonWriter& seconds(std::chrono::nanoseconds value);  ///< as a number of seconds, exact to the nanosecond
  JsonWriter& boolean(bool value);
  JsonWriter& json(std::string_view value);  ///< appends a value that is JSON already

  std::string take() && { return std::move(text_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void append_text(std::string_view value);

  std::string text_;
  bool first_ = true;  // the next value needs no comma before it
};

}  // namespace convert::base
