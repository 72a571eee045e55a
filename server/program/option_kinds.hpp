// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "option.hpp"

/// How rows of the table are made: a kind of value, and the field of Settings that holds it. A field is named
/// by a generic lambda: `[](auto& s) -> auto& { return s.grace; }`.
namespace convertd {

struct Words {
  std::string_view name, value, meaning;
  std::string_view otherwise{};
};

template <class Field>
using FieldType = std::remove_cvref_t<std::invoke_result_t<Field, Settings&>>;

/// Any field, by how its text is read (Result<T>(string_view)) and shown (string(const T&)).
template <class Field, class Read, class Show>
Option option(const Words& words, Field field, Read read, Show show) {
  return {words.name,
          words.value,
          words.otherwise,
          words.meaning,
          [field, read](Settings& settings, std::string_view text) -> Result<void> {
            auto value = read(text);
            if (!value) return std::move(value).error();
            field(settings) = std::move(*value);
            return {};
          },
          [field, show](const Settings& settings) -> std::string { return show(field(settings)); }};
}

/// A number; 0, where it is allowed, may mean that the choice is left open: then `otherwise` says what holds.
template <class Field>
Option count_option(const Words& words, Field field, std::uint64_t least, std::uint64_t most) {
  using Number = FieldType<Field>;
  const bool open = !words.otherwise.empty();
  auto read = [=](std::string_view text) -> Result<Number> {
    const auto number = read_count(text, least, most);
    if (!number) return number.error();
    return static_cast<Number>(*number);
  };
  auto show = [=](const Number& number) {
    return open && number == 0 ? std::string() : std::to_string(number);
  };
  return option(words, field, read, show);
}

template <class Field>
Option size_option(const Words& words, Field field, std::uint64_t least,
                   std::uint64_t most = std::uint64_t{1} << 62) {
  using Number = FieldType<Field>;
  auto read = [=](std::string_view text) -> Result<Number> {
    const auto bytes = read_size(text, least, most);
    if (!bytes) return bytes.error();
    return static_cast<Number>(*bytes);
  };
  return option(words, field, read, [](const Number& bytes) { return size_text(bytes); });
}

/// A time that the field's own unit can hold whole.
template <class Duration>
Result<Duration> read_duration(std::string_view text, std::chrono::milliseconds least) {
  const auto time = read_time(text);
  if (!time) return time.error();
  if (*time < least) return wrong(shown(text) + " is shorter than " + time_text(least) + ".");
  const auto whole = std::chrono::duration_cast<Duration>(*time);
  if (whole != *time) return wrong(shown(text) + " is no number of whole seconds.");
  return whole;
}

template <class Field>
Option time_option(const Words& words, Field field, std::chrono::milliseconds least) {
  using Duration = FieldType<Field>;
  auto read = [=](std::string_view text) { return read_duration<Duration>(text, least); };
  auto show = [](const Duration& time) {
    return time_text(std::chrono::duration_cast<std::chrono::milliseconds>(time));
  };
  return option(words, field, read, show);
}

/// How long something is kept: a time, or "forever".
template <class Field>
Option keep_option(const Words& words, Field field) {
  using Kept = FieldType<Field>;
  auto read = [](std::string_view text) -> Result<Kept> {
    if (text == "forever") return Kept();
    auto time = read_duration<typename Kept::value_type>(text, std::chrono::milliseconds(0));
    if (time) return Kept(*time);
    time.error().message += " (Or: forever.)";
    return time.error();
  };
  auto show = [](const Kept& kept) { return kept ? time_text(*kept) : std::string("forever"); };
  return option(words, field, read, show);
}

template <class Field>
Option rate_option(const Words& words, Field field) {
  return option(words, field, read_rate, rate_text);
}

template <class Field>
Option switch_option(const Words& words, Field field) {
  return option(words, field, read_switch, switch_text);
}

template <class Field>
Option path_option(const Words& words, Field field) {
  auto read = [](std::string_view text) -> Result<std::filesystem::path> {
    if (text.empty()) return wrong("It is empty; a path has to stand there.");
    return std::filesystem::path(text);
  };
  return option(words, field, read, [](const std::filesystem::path& path) { return path.string(); });
}

template <class Field>
Option text_option(const Words& words, Field field) {
  auto read = [](std::string_view text) -> Result<std::string> {
    if (text.empty()) return wrong("It is empty.");
    return std::string(text);
  };
  return option(words, field, read, [](const std::string& text) { return text; });
}

/// Several with commas between them, each read by `read_one` (Result<T>(string_view)).
template <class Field, class ReadOne, class ShowOne>
Option list_option(const Words& words, Field field, ReadOne read_one, ShowOne show_one) {
  using List = FieldType<Field>;
  auto read = [=](std::string_view text) -> Result<List> {
    List list;
    for (const auto& word : read_list(text)) {
      auto one = read_one(word);
      if (!one) return std::move(one).error();
      list.push_back(std::move(*one));
    }
    return list;
  };
  auto show = [=](const List& list) {
    std::vector<std::string> shown_ones;
    for (const auto& one : list) shown_ones.push_back(show_one(one));
    return list_text(shown_ones);
  };
  auto row = option(words, field, read, show);
  row.several = true;
  return row;
}

/// One of a few words, each of which stands for a value.
template <class Field>
Option choice_option(const Words& words, Field field,
                     std::vector<std::pair<std::string, FieldType<Field>>> choices) {
  using Value = FieldType<Field>;
  auto read = [choices](std::string_view text) -> Result<Value> {
    std::string names;
    for (const auto& [name, value] : choices) {
      if (name == text) return value;
      names += (names.empty() ? "" : ", ") + name;
    }
    return wrong(shown(text) + " is none of " + names + ".");
  };
  auto show = [choices](const Value& wanted) {
    for (const auto& [name, value] : choices) {
      if (value == wanted) return name;
    }
    return std::string();
  };
  return option(words, field, read, show);
}

}  // namespace convertd
