// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <convert/converter.hpp>

namespace convert::library {

/// A format and the Converter that provides it.
struct TargetFormat {
  const Format* format = nullptr;
  const Converter* converter = nullptr;
};

/// A Converter that recognizes an input, and its certainty (0 to 100).
struct Recognition {
  const Converter* converter = nullptr;
  int certainty = 0;
};

/// The certainty from which on messages use the Converter's name for the input.
inline constexpr int kConfident = 90;

/// The converters of a Library and all their formats. The first converter with a name provides that format.
class FormatCatalogue {
 public:
  explicit FormatCatalogue(std::vector<std::shared_ptr<const Converter>> converters);

  std::span<const Format> formats() const { return formats_; }

  /// The writable format that `OutputSpec::format` names. Errors: `unsupported`.
  Result<TargetFormat> target(std::string_view format) const;

  /// The converters that recognize an input that starts with `head`, the most certain first.
  std::vector<Recognition> recognize(std::span<const std::byte> head) const;

  /// Whether another Converter than `requested` is confident about the input while `requested` is not: an
  /// archive may contain uncompressed audio, which the media converter finds in it.
  bool better_known_to_another(std::span<const std::byte> head, const Converter& requested) const;

  /// The names of the writable formats, as a list for a message.
  std::string writable_names() const;

 private:
  std::vector<std::shared_ptr<const Converter>> converters_;
  std::vector<Format> formats_;
  std::vector<const Converter*> owners_;  // of the row with the same index
};

}  // namespace convert::library
