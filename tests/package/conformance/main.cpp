// SPDX-License-Identifier: MIT
#include <conformance/queue.hpp>
#include <conformance/storage.hpp>

namespace {

using namespace convert::conformance;

class Place : public StoragePlace {
 public:
  std::shared_ptr<convert::Storage> open() override { return storage_; }

 private:
  std::shared_ptr<convert::Storage> storage_ = convert::memory_storage();
};

INSTANTIATE_TEST_SUITE_P(Mine, StorageSuite,
                         testing::Values(StorageBackend{"mine", []() { return std::make_unique<Place>(); },
                                                        false}),
                         name_of_storage);
INSTANTIATE_TEST_SUITE_P(Mine, QueueSuite, testing::Values(QueueBackend{"mine", convert::memory_queue}),
                         name_of_queue);

}  // namespace
