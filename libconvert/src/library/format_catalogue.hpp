// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <convert/converter.hpp>

namespace convert::library {

/// A row of the table of formats and the Converter that it came from.
struct TargetFormat {
  const Format* format = nullptr;
  const Converter* converter = nullptr;
};

/// How sure a Converter is of an input.
struct Recognition {
  const Converter* converter = nullptr;
  int certainty = 0;
};

/// Certainty from which on an input is called by a Converter's name for it.
inline constexpr int kConfident = 90;

/// The converters of a Library and the formats of all of them.
class FormatCatalogue {
 public:
  explicit FormatCatalogue(std::vector<std::shared_ptr<const Converter>> converters);

  std::span<const Format> formats() const { return formats_; }

  /// The row that an OutputSpec's `format` means, if it can be written.
  Result<TargetFormat> target(std::string_view format) const;

  /// All converters that know something of an input beginning with `head`, the surest first.
  std::vector<Recognition> recognize(std::span<const std::byte> head) const;

  /// Whether another Converter than `requested` knows such an input well, and `requested` only takes it for
  /// something of its own: an archive may hold sound as it is, which is found in it.
  bool better_known_to_another(std::span<const std::byte> head, const Converter& requested) const;

  /// The names of the formats that can be written, as a list for a message.
  std::string writable_names() const;

 private:
  std::vector<std::shared_ptr<const Converter>> converters_;
  std::vector<Format> formats_;
  std::vector<const Converter*> owners_;  // of the row with the same index
};

}  // namespace convert::library
