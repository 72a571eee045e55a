// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <string>

namespace convert::storage {

/// The blocks of an object that were read last, by their number. Used by one thread at a time.
class BlockCache {
 public:
  explicit BlockCache(std::size_t capacity) : capacity_(capacity) {}

  /// The bytes of the block; null if it is not here. Valid until the next `add`.
  const std::string* find(std::uint64_t number) {
    for (auto block = blocks_.begin(); block != blocks_.end(); ++block) {
      if (block->number != number) continue;
      blocks_.splice(blocks_.begin(), blocks_, block);
      return &block->bytes;
    }
    return nullptr;
  }

  /// Drops the block that was used longest ago if there are too many.
  const std::string* add(std::uint64_t number, std::string bytes) {
    if (blocks_.size() >= capacity_) blocks_.pop_back();
    blocks_.push_front({number, std::move(bytes)});
    return &blocks_.front().bytes;
  }

 private:
  struct CachedBlock {
    std::uint64_t number;
    std::string bytes;
  };
  std::size_t capacity_;
  std::list<CachedBlock> blocks_;  ///< the last used one first
};

}  // namespace convert::storage
