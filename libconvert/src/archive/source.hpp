// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <convert/output_spec.hpp>

#include "archive/entry.hpp"

namespace convert::archive {

/// What a source is opened for. To convert it is read whole, spooled if it must be; a look at it reads no
/// more than it has to.
enum class Purpose : std::uint8_t { convert, look };

/// The inputs of a conversion, opened: what they are, and their entries.
class Source {
 public:
  /// Several inputs are stored as they are; one may be an archive or a compressed file, whose entries are
  /// taken. With `as_archive`, documents that build on ZIP are archives too.
  static Result<std::unique_ptr<Source>> open(std::span<const Input> inputs, bool as_archive, Purpose purpose,
                                              Context& context);

  EntrySource& entries() { return *entries_; }
  /// Nothing for files that are stored as they are.
  const std::optional<Shape>& shape() const { return shape_; }
  /// Whether the entries were chosen by somebody else: names are to be checked, cuts may be survived.
  bool is_archive() const { return shape_ && shape_->container != Container::file; }

 private:
  Source(Purpose purpose, Context& context) : purpose_(purpose), context_(context) {}
  Result<void> open_one(const Input& input, bool as_archive);
  Result<void> open_compressed(Filter filter, const Input& input, std::span<const std::byte> head,
                               Reader& bytes);
  Result<void> open_container(Container container, Reader& bytes);
  Result<Reader*> seekable(Reader& bytes);

  template <class R>
  R& keep(std::unique_ptr<R> layer) {
    auto& kept = *layer;
    layers_.push_back(std::move(layer));
    return kept;
  }

  Purpose purpose_;
  Context& context_;
  std::vector<std::unique_ptr<Reader>> layers_;  // each reads from the one before it
  std::optional<Shape> shape_;
  std::unique_ptr<EntrySource> entries_;
};

}  // namespace convert::archive
