// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <convert/converter.hpp>

namespace convert::library {

/// A row of the table of formats and the Converter that it came from.
struct Target {
  const Format* format = nullptr;
  const Converter* converter = nullptr;
};

/// How sure a Converter is of an input.
struct Guess {
  const Converter* converter = nullptr;
  int certainty = 0;
};

/// Certainty from which on an input is called by a Converter's name for it.
inline constexpr int kWellKnown = 90;

/// The converters of a Library and the formats of all of them.
class Catalogue {
 public:
  explicit Catalogue(std::vector<std::shared_ptr<const Converter>> converters);

  std::span<const Format> formats() const { return formats_; }

  /// The row that an OutputSpec's `format` means, if it can be written.
  Result<Target> target(std::string_view format) const;

  /// All converters that know something of an input beginning with `head`, the surest first.
  std::vector<Guess> recognize(std::span<const std::byte> head) const;

  /// Whether another Converter than `asked` knows such an input well, and `asked` only takes it for something
  /// of its own: an archive may hold sound as it is, which is found in it.
  bool belongs_to_another(std::span<const std::byte> head, const Converter& asked) const;

  /// The names of the formats that can be written, as a list for a message.
  std::string writable_names() const;

 private:
  std::vector<std::shared_ptr<const Converter>> converters_;
  std::vector<Format> formats_;
  std::vector<const Converter*> owners_;  // of the row with the same index
};

}  // namespace convert::library
