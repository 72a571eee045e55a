// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include <convert/format.hpp>

#include "sandbox/protocol/messages.hpp"

namespace convert::sandbox {

/// Copies a table of formats for the `Hello` message.
std::vector<FormatRow> format_rows(std::span<const Format> formats);

/// Owns the rows of a `Hello` message and presents them as Formats.
class FormatTable {
 public:
  explicit FormatTable(std::vector<FormatRow> rows);
  FormatTable(const FormatTable&) = delete;
  FormatTable& operator=(const FormatTable&) = delete;

  std::span<const Format> formats() const noexcept { return formats_; }
  /// Null if there is no format of that name.
  const Format* find(std::string_view name) const noexcept;

 private:
  std::span<const std::string_view> list(const std::vector<std::string>& texts);

  std::vector<FormatRow> rows_;
  std::deque<std::vector<std::string_view>> lists_;
  std::deque<std::vector<OptionRange>> ranges_;
  std::vector<Format> formats_;
};

}  // namespace convert::sandbox
