// SPDX-License-Identifier: MIT
// The S3 backend on moto: what AWS has and Ceph's gateway as it is tested here does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "net/aws/aws_credential_chain.hpp"
#include "net/aws/aws_credentials.hpp"
#include "storage/s3/objects.hpp"
#include "storage/s3/s3_storage.hpp"
#include "support/moto_server.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"
#include "unit/net/aws/fake_environment.hpp"
#include "unit/storage/s3/s3_stub.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;

constexpr std::size_t kTwoParts = std::size_t{9} << 20;

class S3OnMoto : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_MOTO();
    options_.bucket = MotoServer::shared().make_bucket();
    options_.prefix = "blobs";
    options_.endpoint = MotoServer::shared().access().endpoint;
    options_.region = "us-east-1";
  }

  static std::shared_ptr<net::AwsCredentialProvider> keys(const S3Access& access) {
    return net::static_credentials({access.access_key, access.secret_key, "", {}});
  }
  std::shared_ptr<Storage> open(const std::shared_ptr<net::AwsCredentialProvider>& credentials) const {
    return must(storage::open_s3_storage(options_, {}, credentials));
  }
  std::shared_ptr<Storage> open() const { return open(keys(MotoServer::shared().access())); }

  /// A header of the object of this key, as the service has it.
  std::string header(const Key& key, const std::string& name) const {
    const auto service = must(storage::S3Service::connect(options_, keys(MotoServer::shared().access())));
    storage::S3Request request;
    request.method = "HEAD";
    request.object = service->object_name(key);
    const auto response = must(service->call(request));
    return std::string(response.headers.find(name).value_or(""));
  }
  /// The encryption of a small blob, of one in parts, and of a copy.
  std::vector<std::string> encryptions(const std::string& name) const {
    const auto storage = open();
    must(put_text(*storage, "small", "bytes"));
    must(put_text(*storage, "large", varied_text(kTwoParts)));
    must(storage->copy("small", "copied"));
    EXPECT_EQ(must(read_text(*must(storage->open("large")), 1 << 20)), varied_text(kTwoParts));
    return {header("small", name), header("large", name), header("copied", name)};
  }

  S3Options options_;
};

TEST_F(S3OnMoto, BlobsAreEncryptedWithAKeyOfTheService) {
  options_.encryption = S3Encryption::s3;
  EXPECT_THAT(encryptions("x-amz-server-side-encryption"), testing::Each("AES256"));
}

TEST_F(S3OnMoto, BlobsAreEncryptedWithANamedKey) {
  options_.encryption = S3Encryption::kms;
  options_.kms_key = "arn:aws:kms:us-east-1:123456789012:key/5d1c9a7e-3a41-4d0c-9d55-3a1f8c0e7b21";
  EXPECT_THAT(encryptions("x-amz-server-side-encryption"), testing::Each("aws:kms"));
  EXPECT_EQ(header("large", "x-amz-server-side-encryption-aws-kms-key-id"), options_.kms_key);
  EXPECT_EQ(header("small", "x-amz-server-side-encryption-aws-kms-key-id"), options_.kms_key);
}

TEST_F(S3OnMoto, AUserWhoMayOnlyReadCannotWrite) {
  must(put_text(*open(), "a", "bytes"));
  const auto storage = open(keys(MotoServer::shared().make_user(
      "reader",
      R"({"Effect": "Allow", "Action": ["s3:GetObject", "s3:HeadObject", "s3:ListBucket"],
          "Resource": "*"})")));
  EXPECT_EQ(must(read_text(*must(storage->open("a")))), "bytes");
  for (const std::size_t size : {std::size_t{5}, kTwoParts}) {
    const auto put = put_text(*storage, "b", varied_text(size));
    ASSERT_FALSE(put);
    EXPECT_EQ(to_string(put.error().code), "unavailable");
    EXPECT_TRUE(put.error().retryable);
    EXPECT_THAT(put.error().message, HasSubstr("s3:PutObject"));
  }
  EXPECT_THAT(storage->remove("a").error().message, HasSubstr("s3:DeleteObject"));
}

TEST_F(S3OnMoto, TemporaryCredentialsOfARoleAreUsed) {
  MotoServer& moto = MotoServer::shared();
  const S3Access user =
      moto.make_user("assumes", R"({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})");
  const std::string role =
      moto.make_role("stores", R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})");
  const TemporaryFolder folder;
  write_file(folder / "config", "[profile stores]\nrole_arn = " + role +
                                    "\nsource_profile = keys\nregion = us-east-1\n[profile keys]\n"
                                    "aws_access_key_id = " +
                                    user.access_key + "\naws_secret_access_key = " + user.secret_key + "\n");
  const auto chain = net::aws_credential_chain(fake_environment({
      {"AWS_PROFILE", "stores"},
      {"AWS_CONFIG_FILE", (folder / "config").string()},
      {"AWS_ENDPOINT_URL_STS", moto.access().endpoint},
  }));
  const auto credentials = must(chain->credentials({}));
  EXPECT_FALSE(credentials.session_token.empty());
  const auto storage = open(chain);
  must(put_text(*storage, "a", "bytes"));
  EXPECT_EQ(must(read_text(*must(storage->open("a")))), "bytes");

  // The user itself may not, nor may the role without its token.
  const auto as_user = storage::open_s3_storage(options_, {}, keys(user));
  EXPECT_TRUE(!as_user || !put_text(**as_user, "b", "bytes"));
  EXPECT_FALSE(storage::open_s3_storage(
      options_, {},
      net::static_credentials({credentials.access_key_id, credentials.secret_access_key, "none", {}})));
}

}  // namespace
}  // namespace convert::test
