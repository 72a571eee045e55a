// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace convert::base {

/// Writes one line of JSON, member after member, in the order of the calls.
/// (Boost.JSON's serializer writes 62.5 as 6.25E1 and an object's members need copies: hence this.)
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// A member's name; its value follows.
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);  ///< what is no UTF-8 becomes U+FFFD
  JsonWriter& integer(std::int64_t value);
  JsonWriter& unsigned_integer(std::uint64_t value);
  JsonWriter& number(double value);  ///< the shortest text that reads back as the same; not finite: null
  JsonWriter& seconds(std::chrono::nanoseconds value);  ///< exactly
  JsonWriter& boolean(bool value);
  JsonWriter& json(std::string_view value);  ///< as it is: it is JSON already

  std::string take() && { return std::move(text_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void append_text(std::string_view value);

  std::string text_;
  bool first_ = true;  // nothing stands before the next value that a comma has to part it from
};

}  // namespace convert::base
