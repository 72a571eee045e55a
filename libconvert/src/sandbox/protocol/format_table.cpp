// SPDX-License-Identifier: MIT
#include "sandbox/protocol/format_table.hpp"

#include <algorithm>
#include <utility>

namespace convert::sandbox {

std::vector<FormatRow> format_rows(std::span<const Format> formats) {
  std::vector<FormatRow> rows;
  for (const Format& format : formats) {
    FormatRow& row = rows.emplace_back();
    row.name = format.name;
    row.title = format.title;
    row.family = format.family;
    row.extensions.assign(format.extensions.begin(), format.extensions.end());
    row.mime_type = format.mime_type;
    row.readable = format.readable;
    row.writable = format.writable;
    row.codecs.assign(format.codecs.begin(), format.codecs.end());
    row.options.assign(format.options.begin(), format.options.end());
    row.capabilities = format.capabilities;
    row.forward_only = format.forward_only;
    row.forward_only_missing = format.forward_only_missing;
    for (const OptionRange& range : format.option_ranges) {
      row.option_ranges.push_back({std::string(range.option),
                                   std::string(range.codec),
                                   range.min,
                                   range.max,
                                   {range.values.begin(), range.values.end()},
                                   std::string(range.unit)});
    }
  }
  return rows;
}

FormatTable::FormatTable(std::vector<FormatRow> rows) : rows_(std::move(rows)) {
  formats_.reserve(rows_.size());
  for (const FormatRow& row : rows_) {
    Format& format = formats_.emplace_back();
    format.name = row.name;
    format.title = row.title;
    format.family = row.family;
    format.extensions = list(row.extensions);
    format.mime_type = row.mime_type;
    format.readable = row.readable;
    format.writable = row.writable;
    format.codecs = list(row.codecs);
    format.options = list(row.options);
    format.capabilities = row.capabilities;
    format.forward_only = row.forward_only;
    format.forward_only_missing = row.forward_only_missing;
    auto& ranges = ranges_.emplace_back();
    for (const OptionRangeRow& range : row.option_ranges) {
      ranges.push_back({range.option, range.codec, range.min, range.max, list(range.values), range.unit});
    }
    format.option_ranges = ranges;
  }
}

const Format* FormatTable::find(std::string_view name) const noexcept {
  const auto at =
      std::find_if(formats_.begin(), formats_.end(), [name](const Format& row) { return row.name == name; });
  return at == formats_.end() ? nullptr : &*at;
}

std::span<const std::string_view> FormatTable::list(const std::vector<std::string>& texts) {
  return lists_.emplace_back(texts.begin(), texts.end());
}

}  // namespace convert::sandbox
