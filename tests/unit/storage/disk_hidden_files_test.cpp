// SPDX-License-Identifier: MIT
// The conformance suite with hidden names for unfinished blobs, as on file systems without unnamed files.
#include "conformance/storage.hpp"

#include "storage/disk/disk_storage.hpp"
#include "support/test_files.hpp"

namespace convert::conformance {
namespace {

class WithHiddenFiles : public StoragePlace {
 public:
  explicit WithHiddenFiles(Durability durability) : durability_(durability) {}
  std::shared_ptr<Storage> open() override {
    return storage::open_disk_storage(folder_ / "blobs", durability_, storage::StagingMode::hidden).value();
  }

 private:
  test::TemporaryFolder folder_;
  Durability durability_;
};

INSTANTIATE_TEST_SUITE_P(
    HiddenFiles, StorageSuite,
    testing::Values(
        StorageBackend{"power", []() { return std::make_unique<WithHiddenFiles>(Durability::power); }},
        StorageBackend{"process", []() { return std::make_unique<WithHiddenFiles>(Durability::process); }}),
    name_of_storage);

}  // namespace
}  // namespace convert::conformance
