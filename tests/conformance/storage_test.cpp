// SPDX-License-Identifier: MIT
#include "conformance/storage.hpp"

#include "support/fault_injection.hpp"
#include "support/test_files.hpp"

namespace convert::conformance {
namespace {

class InMemory : public StoragePlace {
 public:
  std::shared_ptr<Storage> open() override { return storage_; }

 private:
  std::shared_ptr<Storage> storage_ = memory_storage();
};

class OnDisk : public StoragePlace {
 public:
  explicit OnDisk(Durability durability) : options_{durability} {}
  std::shared_ptr<Storage> open() override { return disk_storage(folder_ / "blobs", options_).value(); }

 private:
  test::TemporaryFolder folder_;
  DiskStorageOptions options_;
};

/// The wrapper of the fault tests, without faults.
class InChaos : public StoragePlace {
 public:
  std::shared_ptr<Storage> open() override {
    auto storage = std::make_shared<test::ChaosStorage>(storage_, seed());
    storage->short_reads(true);
    return storage;
  }

 private:
  std::shared_ptr<Storage> storage_ = memory_storage();
};

/// As an object store: Writers cannot seek, and there are no native handles.
class ForwardOnly : public StoragePlace {
 public:
  std::shared_ptr<Storage> open() override {
    auto storage = std::make_shared<test::ChaosStorage>(storage_, seed());
    storage->forward_only(true);
    return storage;
  }

 private:
  std::shared_ptr<Storage> storage_ = memory_storage();
};

auto backends() {
  return testing::Values(
      StorageBackend{"memory", []() { return std::make_unique<InMemory>(); }, false},
      StorageBackend{"chaos", []() { return std::make_unique<InChaos>(); }, false},
      StorageBackend{"forward_only", []() { return std::make_unique<ForwardOnly>(); }, false},
      StorageBackend{"disk_power", []() { return std::make_unique<OnDisk>(Durability::power); }},
      StorageBackend{"disk_process", []() { return std::make_unique<OnDisk>(Durability::process); }});
}

INSTANTIATE_TEST_SUITE_P(Backends, StorageSuite, backends(), name_of_storage);
INSTANTIATE_TEST_SUITE_P(Backends, StorageSuspensionSuite, backends(), name_of_storage);

}  // namespace
}  // namespace convert::conformance
