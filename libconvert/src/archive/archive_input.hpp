// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <convert/output_spec.hpp>

#include "archive/archive_entry.hpp"

namespace convert::archive {

/// What a source is opened for. To convert it is read whole, spooled if it must be; a look at it reads no
/// more than it has to.
enum class Purpose : std::uint8_t { convert, list };

/// The inputs of a conversion, opened: what they are, and their entries.
class ArchiveInput {
 public:
  /// Several inputs are stored as they are; one may be an archive or a compressed file, whose entries are
  /// taken. With `as_archive`, documents that build on ZIP are archives too.
  static Result<std::unique_ptr<ArchiveInput>> open(std::span<const Input> inputs, bool as_archive,
                                                    Purpose purpose, ConversionContext& context);

  EntrySource& entries() { return *entries_; }
  /// Nothing for files that are stored as they are.
  const std::optional<ArchiveFormat>& archive_format() const { return archive_format_; }
  /// Whether the entries were chosen by somebody else: names are to be checked, cuts may be survived.
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
  std::vector<std::unique_ptr<Reader>> layers_;  // each reads from the one before it
  std::optional<ArchiveFormat> archive_format_;
  std::unique_ptr<EntrySource> entries_;
};

}  // namespace convert::archive
