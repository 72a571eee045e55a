// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "archive/entry.hpp"
#include "archive/sink.hpp"

namespace convert::archive {

struct WriterSettings {
  Shape shape;
  std::optional<int> level;  ///< empty: as the usual tool does by default
  unsigned threads = 1;
};

/// Stores entries in one output, forwards, in bounded memory.
class EntryWriter {
 public:
  /// Borrows `target`.
  static Result<std::unique_ptr<EntryWriter>> open(const WriterSettings& settings, Writer& target,
                                                   Context& context);

  ~EntryWriter();
  EntryWriter(const EntryWriter&) = delete;
  EntryWriter& operator=(const EntryWriter&) = delete;

  /// The entry's size must be known if `needs_sizes(shape)`.
  Result<void> begin(const Entry& entry);
  Result<void> write(std::span<const std::byte> bytes);
  Result<void> end();
  /// After the last entry. Does not commit the target.
  Result<void> close();

 private:
  EntryWriter(const WriterSettings& settings, Writer& target, Context& context)
      : shape_(settings.shape), sink_(target, context), handle_(archive_write_new()) {}
  Result<void> start(const WriterSettings& settings);
  Result<void> check(int status);

  Shape shape_;
  Sink sink_;
  std::string name_;
  bool closed_ = false;
  WriteHandle handle_;
};

}  // namespace convert::archive
