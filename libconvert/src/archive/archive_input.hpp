// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <convert/output_spec.hpp>

#include "archive/archive_entry.hpp"

namespace convert::archive {

/// Why an input is opened. `convert` reads it completely and may copy it to a temporary file; `list` reads as
/// little as possible.
enum class Purpose : std::uint8_t { convert, list };

/// The opened inputs of a conversion: their format and their entries.
class ArchiveInput {
 public:
  /// Several inputs are stored unchanged. A single input may be an archive or a compressed file, whose
  /// entries are read. With `as_archive`, documents based on ZIP are treated as archives.
  static Result<std::unique_ptr<ArchiveInput>> open(std::span<const Input> inputs, bool as_archive,
                                                    Purpose purpose, ConversionContext& context);

  EntrySource& entries() { return *entries_; }
  /// Empty for files that are stored unchanged.
  const std::optional<ArchiveFormat>& archive_format() const { return archive_format_; }
  /// Whether the entries come from an archive: their names are untrusted, and truncated input may be usable.
  bool is_archive() const { return archive_format_ && archive_format_->container != Container::single_file; }

 private:
  ArchiveInput(Purpose purpose, ConversionContext& context) : purpose_(purpose), context_(context) {}
  Result<void> open_one(const Input& input, bool as_archive);
  Result<void> open_compressed(Compression compression, const Input& input, std::span<const std::byte> head,
                               Reader& bytes);
  Result<void> open_container(Container container, Reader& bytes);
  Result<Reader*> make_seekable(Reader& bytes);

  template <class R>
  R& add_layer(std::unique_ptr<R> layer) {
    auto& kept = *layer;
    layers_.push_back(std::move(layer));
    return kept;
  }

  Purpose purpose_;
  ConversionContext& context_;
  std::vector<std::unique_ptr<Reader>> layers_;  // each Reader reads from the one before it
  std::optional<ArchiveFormat> archive_format_;
  std::unique_ptr<EntrySource> entries_;
};

}  // namespace convert::archive
