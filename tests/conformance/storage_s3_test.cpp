// SPDX-License-Identifier: MIT
#include "conformance/storage.hpp"

#include "support/ceph_gateway.hpp"
#include "support/moto_server.hpp"

namespace convert::conformance {
namespace {

class InBucket : public StoragePlace {
 public:
  InBucket(test::S3Access access, const std::string& bucket)
      : access_(std::move(access)), uri_(test::bucket_uri(access_, bucket)) {}

  std::shared_ptr<Storage> open() override {
    test::use_credentials(access_);
    return open_storage(uri_).value();
  }

 private:
  test::S3Access access_;
  std::string uri_;
};

std::unique_ptr<StoragePlace> place_on_ceph() {
  const test::S3Access& access = test::CephGateway::shared().access();
  return std::make_unique<InBucket>(access, test::make_bucket(access));
}

std::unique_ptr<StoragePlace> place_on_moto() {
  test::MotoServer& moto = test::MotoServer::shared();
  return std::make_unique<InBucket>(moto.access(), moto.make_bucket());
}

std::vector<StorageBackend> s3_backends() {
  std::vector<StorageBackend> backends;
  if (test::CephGateway::installed()) {
    StorageBackend ceph{"ceph", place_on_ceph};
    ceph.fewer_repetitions = 4;
    backends.push_back(std::move(ceph));
  }
  if (test::MotoServer::installed()) {
    // One Python process: about a hundred requests a second.
    StorageBackend moto{"moto", place_on_moto};
    moto.fewer_repetitions = 10;
    backends.push_back(std::move(moto));
  }
  return backends;
}

INSTANTIATE_TEST_SUITE_P(S3, StorageSuite, testing::ValuesIn(s3_backends()), name_of_storage);
INSTANTIATE_TEST_SUITE_P(S3, StorageSuspensionSuite, testing::ValuesIn(s3_backends()), name_of_storage);

// Says by name what is not tested where a server is missing.
TEST(StorageSuiteServers, CephIsInstalled) { SKIP_WITHOUT_CEPH(); }
TEST(StorageSuiteServers, MotoIsInstalled) { SKIP_WITHOUT_MOTO(); }

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StorageSuite);

}  // namespace convert::conformance
