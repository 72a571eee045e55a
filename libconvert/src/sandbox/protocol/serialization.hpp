// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/utf8.hpp"

/// The layout of values in a message: numbers in the machine's byte order (both ends run on it), texts and
/// lists after their length, an optional after a flag, a variant after its index.
namespace convert::sandbox {

/// The fields of a message in the order of the wire; one description for both directions. See messages.cpp.
template <class T>
struct Fields;

/// The first and the last enumerator of an enumeration that messages hold; it has no gaps.
template <class Enum>
struct EnumRange;

/// For messages to people: valid UTF-8, without control characters, at most 16 KiB.
std::string one_line_text(std::string text);

template <class T>
concept Number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

/// Appends values to bytes.
class Serializer {
 public:
  template <class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }
  void one_line(const std::string& text) { put(text); }
  void valid_utf8(const std::string& text) { put(text); }
  void raw(const auto& value) { put(value); }

  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  void put_bytes(const void* from, std::size_t size) {
    const auto* begin = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), begin, begin + size);
  }
  void put_count(std::size_t count) { put(static_cast<std::uint32_t>(count)); }

  template <Number T>
  void put(T value) {
    put_bytes(&value, sizeof value);
  }
  void put(bool value) { put(static_cast<std::uint8_t>(value)); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void put(Enum value) { put(static_cast<std::uint8_t>(value)); }
  void put(std::chrono::nanoseconds value) { put(std::int64_t{value.count()}); }
  void put(std::chrono::sys_seconds value) { put(std::int64_t{value.time_since_epoch().count()}); }
  void put(const std::string& value) {
    put_count(value.size());
    put_bytes(value.data(), value.size());
  }
  void put(const std::vector<std::byte>& value) {
    put_count(value.size());
    put_bytes(value.data(), value.size());
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T>
  void put(const std::vector<T>& value) {
    put_count(value.size());
    for (const T& item : value) put(item);
  }
  void put(const std::map<std::string, std::string>& value) {
    put_count(value.size());
    for (const auto& [key, text] : value) {
      put(key);
      put(text);
    }
  }
  template <class... Ts>
  void put(const std::variant<Ts...>& value) {
    put(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto& held) { this->put(held); }, value);
  }
  template <class T>
  requires requires { sizeof(Fields<T>); }
  void put(const T& value) { Fields<T>::visit(*this, value); }

  std::vector<std::byte> bytes_;
};

/// Reads values from untrusted bytes. Stops at the first fault; see `failure`.
class Deserializer {
 public:
  explicit Deserializer(std::span<const std::byte> bytes) : remaining_(bytes) {}

  template <class... Values>
  void operator()(Values&... values) {
    (take(values), ...);
  }
  void one_line(std::string& text) {
    take_sized(text);
    text = one_line_text(std::move(text));
  }
  void valid_utf8(std::string& text) {
    take_sized(text);
    if (!base::is_utf8(text)) fault("a name is not UTF-8");
  }
  void raw(std::string& text) { take_sized(text); }
  void raw(double& value) { take_number(value); }
  void raw(std::optional<double>& value) {
    bool present = false;
    take(present);
    if (present) raw(value.emplace());
  }
  void raw(std::map<std::string, std::string>& value) {
    take_map(value, [this](std::string& text) { raw(text); });
  }

  /// What is wrong with the bytes. Null if all of them were read and are valid.
  const char* failure() const {
    if (fault_ == nullptr && !remaining_.empty()) return "it has more bytes than its fields need";
    return fault_;
  }

 private:
  void fault(const char* what) {
    if (fault_ == nullptr) fault_ = what;
    remaining_ = {};
  }
  bool take_bytes(void* into, std::size_t size) {
    if (remaining_.size() < size || fault_ != nullptr) {
      fault("it has fewer bytes than its fields need");
      return false;
    }
    if (size > 0) std::memcpy(into, remaining_.data(), size);
    remaining_ = remaining_.subspan(size);
    return true;
  }
  /// A count of items of at least one byte each, so that memory is limited by the size of the message.
  std::size_t take_count() {
    std::uint32_t count = 0;
    take_number(count);
    if (count <= remaining_.size()) return count;
    fault("a count exceeds the bytes that follow");
    return 0;
  }
  template <class Bytes>
  void take_sized(Bytes& value) {
    value.resize(take_count());
    take_bytes(value.data(), value.size());
  }
  template <Number T>
  void take_number(T& value) {
    take_bytes(&value, sizeof value);
  }
  template <class ReadInput>
  void take_map(std::map<std::string, std::string>& value, ReadInput read) {
    for (std::size_t count = take_count(); count > 0 && fault_ == nullptr; --count) {
      std::string key;
      std::string text;
      read(key);
      read(text);
      value.insert_or_assign(std::move(key), std::move(text));
    }
  }

  template <Number T>
  void take(T& value) {
    take_number(value);
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) fault("a number is not finite");
    }
  }
  void take(bool& value) {
    std::uint8_t number = 0;
    take_number(number);
    if (number > 1) fault("a flag is neither 0 nor 1");
    value = number == 1;
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void take(Enum& value) {
    auto number = static_cast<std::uint8_t>(EnumRange<Enum>::kFirst);
    take_number(number);
    const bool known = number >= static_cast<std::uint8_t>(EnumRange<Enum>::kFirst) &&
                       number <= static_cast<std::uint8_t>(EnumRange<Enum>::kLast);
    if (!known) return fault("an unknown enumerator or alternative");
    value = static_cast<Enum>(number);
  }
  void take(std::chrono::nanoseconds& value) {
    std::int64_t count = 0;
    take_number(count);
    value = std::chrono::nanoseconds(count);
  }
  void take(std::chrono::sys_seconds& value) {
    std::int64_t count = 0;
    take_number(count);
    value = std::chrono::sys_seconds(std::chrono::seconds(count));
  }
  void take(std::string& value) {
    take_sized(value);
    value = base::repair_utf8(std::move(value));
  }
  void take(std::vector<std::byte>& value) { take_sized(value); }
  template <class T>
  void take(std::optional<T>& value) {
    bool present = false;
    take(present);
    if (present) take(value.emplace());
  }
  template <class T>
  void take(std::vector<T>& value) {
    for (std::size_t count = take_count(); count > 0 && fault_ == nullptr; --count) {
      take(value.emplace_back());
    }
  }
  void take(std::map<std::string, std::string>& value) {
    take_map(value, [this](std::string& text) { take(text); });
  }
  template <class... Ts>
  void take(std::variant<Ts...>& value) {
    std::uint8_t index = 0;
    take_number(index);
    if (index >= sizeof...(Ts)) return fault("an unknown enumerator or alternative");
    take_alternative(value, index, std::index_sequence_for<Ts...>());
  }
  template <class Variant, std::size_t... Indices>
  void take_alternative(Variant& value, std::size_t index, std::index_sequence<Indices...>) {
    ((Indices == index ? take(value.template emplace<Indices>()) : void()), ...);
  }
  template <class T>
  requires requires { sizeof(Fields<T>); }
  void take(T& value) { Fields<T>::visit(*this, value); }

  std::span<const std::byte> remaining_;
  const char* fault_ = nullptr;
};

}  // namespace convert::sandbox
