// SPDX-License-Identifier: MIT
#include "postgresql/rows.hpp"

#include <charconv>

namespace convert::postgresql {
namespace {

template <class Number>
Number number_of(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

int hex_digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

/// Calls `add` with each element of a one-dimensional array in text format.
template <class Add>
void split_array(std::string_view array, const Add& add) {
  std::size_t at = 1;  // after the brace
  while (at < array.size() && array[at] != '}') {
    std::string element;
    bool quoted = false;
    if (array[at] == '"') {
      quoted = true;
      for (++at; at < array.size() && array[at] != '"'; ++at) {
        if (array[at] == '\\') ++at;
        if (at < array.size()) element += array[at];
      }
      ++at;  // the closing quote
    } else {
      while (at < array.size() && array[at] != ',' && array[at] != '}') element += array[at++];
    }
    if (!quoted && element == "NULL") element.clear();
    add(std::move(element));
    if (at < array.size() && array[at] == ',') ++at;
  }
}

}  // namespace

std::int64_t Rows::affected() const {
  return result_ ? number_of<std::int64_t>(PQcmdTuples(result_.get())) : 0;
}

std::int64_t Rows::integer(int column) const { return number_of<std::int64_t>(view(column)); }

double Rows::real(int column) const { return number_of<double>(view(column)); }

std::string Rows::bytes(int column) const {
  std::string_view text = view(column);
  if (text.starts_with("\\x")) text.remove_prefix(2);
  std::string data;
  data.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    data += static_cast<char>(hex_digit(text[i]) * 16 + hex_digit(text[i + 1]));
  return data;
}

std::vector<std::int64_t> Rows::integers(int column) const {
  std::vector<std::int64_t> values;
  split_array(view(column),
              [&](const std::string& element) { values.push_back(number_of<std::int64_t>(element)); });
  return values;
}

std::vector<std::string> Rows::texts(int column) const {
  std::vector<std::string> values;
  split_array(view(column), [&](std::string element) { values.push_back(std::move(element)); });
  return values;
}

}  // namespace convert::postgresql
