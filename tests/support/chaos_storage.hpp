// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>

#include <convert/storage.hpp>

#include "support/faults.hpp"

namespace convert::test {

enum class StorageCall { open, read, create, write, commit, stat, remove, list, copy, count };

/// A Storage that fails on purpose. Its Readers and Writers may outlive it.
///
/// `read` and `write` are calls of a Reader or a Writer; a write that fails "after" has written the first
/// half of its bytes. They have no native handle unless `pass_handles(true)`: what goes through a descriptor
/// can't fail on purpose.
class ChaosStorage : public Storage {
 public:
  ChaosStorage(std::shared_ptr<Storage> inner, std::uint64_t seed);

  FaultInjector<StorageCall>& faults();
  void pass_handles(bool pass);
  /// Reads give 1 byte up to what was asked for, by chance.
  void short_reads(bool on);

  Result<std::unique_ptr<Reader>> open(const Key& key) override;
  Result<std::unique_ptr<Writer>> create(const Key& key) override;
  Result<Blob> stat(const Key& key) override;
  Result<void> remove(const Key& key) override;
  Result<std::vector<Blob>> list(std::string_view prefix, const Key& after, std::size_t max) override;
  Result<std::string> signed_url(const Key& key, std::chrono::milliseconds valid) override;
  Result<void> copy(const Key& from, const Key& to) override;

  struct Shared {
    explicit Shared(std::uint64_t seed) : faults(seed) {}
    FaultInjector<StorageCall> faults;
    std::atomic<bool> pass_handles = false;
    std::atomic<bool> short_reads = false;
  };

 private:
  std::shared_ptr<Storage> inner_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace convert::test
