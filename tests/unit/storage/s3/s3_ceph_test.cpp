// SPDX-License-Identifier: MIT
// The S3 backend on Ceph's object gateway, beyond what the conformance suite tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/aws/aws_credentials.hpp"
#include "storage/s3/multipart_upload.hpp"
#include "storage/s3/object_copy.hpp"
#include "storage/s3/objects.hpp"
#include "storage/s3/s3_storage.hpp"
#include "support/ceph_gateway.hpp"
#include "support/shell_command.hpp"
#include "support/test_helpers.hpp"
#include "unit/storage/s3/s3_stub.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

/// Parts of the smallest size that S3 permits.
storage::S3Sizes smallest_parts() {
  storage::S3Sizes sizes;
  sizes.part = sizes.min_part;
  sizes.copy_part = sizes.min_part;
  return sizes;
}

class S3OnCeph : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_CEPH();
    access_ = CephGateway::shared().access();
    options_.bucket = make_bucket(access_);
    options_.prefix = "some/prefix";
    options_.endpoint = access_.endpoint;
    options_.region = "default";
    storage_ = must(open(options_));
  }

  std::shared_ptr<net::AwsCredentialProvider> credentials() const {
    return net::static_credentials({access_.access_key, access_.secret_key, "", {}});
  }
  Result<std::shared_ptr<Storage>> open(const S3Options& options) const {
    return storage::open_s3_storage(options, smallest_parts(), credentials());
  }
  std::shared_ptr<storage::S3Service> service() const {
    return must(storage::S3Service::connect(options_, credentials()));
  }
  /// Parts of the bucket's unfinished uploads.
  std::string unfinished() const {
    storage::S3Request request;
    request.query = {{"uploads", ""}};
    return must(service()->call(request)).body;
  }
  bool leaves_no_upload() const {
    return eventually(milliseconds(10'000),
                      [this] { return unfinished().find("<Upload>") == std::string::npos; });
  }
  std::string message(const Result<std::shared_ptr<Storage>>& opened) const {
    EXPECT_FALSE(opened);
    return opened ? "" : opened.error().message;
  }

  S3Access access_;
  S3Options options_;
  std::shared_ptr<Storage> storage_;
};

TEST_F(S3OnCeph, ADestroyedWriterLeavesNoParts) {
  auto writer = must(storage_->create("a"));
  must(write_text(*writer, varied_text(23 * kMebibyte)));
  EXPECT_THAT(unfinished(), HasSubstr("<Upload>"));
  writer.reset();
  EXPECT_TRUE(leaves_no_upload());
}

TEST_F(S3OnCeph, ACancelledWriterLeavesNoParts) {
  auto writer = must(storage_->create("a"));
  must(write_text(*writer, varied_text(12 * kMebibyte)));
  writer->cancel();
  EXPECT_EQ(to_string(writer->commit().error().code), "cancelled");
  writer.reset();
  EXPECT_TRUE(leaves_no_upload());
}

/// What a host that died has left is removed by age; blobs and foreign objects are not.
TEST_F(S3OnCeph, UnfinishedUploadsOfDeadHostsAreRemoved) {
  const auto s3 = service();
  const auto ours = must(storage::start_upload(*s3, s3->object_name("a"), "mark", {}));
  must(storage::start_upload(*s3, "another/prefix/a", "mark", {}));
  must(put_text(*storage_, "b", "a blob"));
  EXPECT_EQ(must(storage_->remove_unfinished(std::chrono::hours(1))), 0U);
  EXPECT_EQ(must(storage_->remove_unfinished(milliseconds(0))), 1U);
  const auto parts = storage::list_parts(*s3, ours, {});
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().code, Errc::not_found);
  EXPECT_THAT(unfinished(), HasSubstr("another/prefix/a"));
  EXPECT_EQ(must(read_text(*must(storage_->open("b")))), "a blob");
}

TEST_F(S3OnCeph, ForeignObjectsAreNoBlobs) {
  const auto s3 = service();
  const std::string prefix = s3->folder();
  for (const std::string name : {"a b", "\xc3\xa4", "folder/", ".hidden", "x//y", "tab\there", "%41", "a+b"})
    must(storage::put_object(*s3, prefix + name, bytes("foreign"), {}));
  must(storage::put_object(*s3, "some/prefix-of-another/a", bytes("foreign"), {}));
  must(put_text(*storage_, "a", "ours"));
  must(put_text(*storage_, "z", "ours"));
  const auto blobs = must(storage_->list("", "", 1));
  ASSERT_EQ(blobs.size(), 1U);
  EXPECT_EQ(blobs.front().key, "a");
  EXPECT_EQ(must(storage_->list("", "", 100)).size(), 2U);
  EXPECT_EQ(must(storage_->list("", "a", 1)).front().key, "z");
}

TEST_F(S3OnCeph, LargeObjectsAreCopiedInParts) {
  const std::string text = varied_text(12 * kMebibyte);
  must(put_text(*storage_, "a", text));
  const auto s3 = service();
  storage::S3Context context(options_, smallest_parts(), s3);
  must(storage::copy_object_in_parts(context, s3->object_name("a"), s3->object_name("b"), {}));
  EXPECT_EQ(must(read_text(*must(storage_->open("b")), 1 << 20)), text);
  const auto missing =
      storage::copy_object_in_parts(context, s3->object_name("none"), s3->object_name("c"), {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(unfinished(), Not(HasSubstr("<Upload>")));
}

TEST_F(S3OnCeph, ASignedUrlGivesNameAndType) {
  SKIP_WITHOUT_PROGRAMS("curl");
  must(put_text(*storage_, "a", "some bytes"));
  DownloadUrl request;
  request.file_name = "\xc3\xa4 b.mp3";
  request.content_type = "audio/mpeg";
  const std::string url = must(storage_->signed_url("a", request));
  const std::string curl = "curl --noproxy '*' -sS -i -m 20 ";
  const auto answer = run(curl + "'" + url + "'");
  EXPECT_THAT(answer.output, HasSubstr("200 OK"));
  EXPECT_THAT(answer.output, HasSubstr("some bytes"));
  EXPECT_THAT(answer.output, testing::ContainsRegex("[Cc]ontent-[Tt]ype: audio/mpeg"));
  EXPECT_THAT(answer.output, HasSubstr("attachment; filename=\"_ b.mp3\"; filename*=UTF-8''%C3%A4%20b.mp3"));
  EXPECT_THAT(run(curl + "'" + url + "x'").output, HasSubstr(" 403 "));
}

TEST_F(S3OnCeph, BadInputIsRefusedWithAReason) {
  S3Options wrong = options_;
  wrong.bucket = "no-such-bucket";
  EXPECT_THAT(message(open(wrong)), HasSubstr("does not exist"));
  const auto open_as = [&](const std::string& key, const std::string& secret) {
    return message(storage::open_s3_storage(options_, {}, net::static_credentials({key, secret, "", {}})));
  };
  EXPECT_THAT(open_as("NOSUCHKEY", access_.secret_key), HasSubstr("does not know the access key"));
  EXPECT_THAT(open_as(access_.access_key, "wrong"), HasSubstr("secret access key"));
  wrong = options_;
  wrong.endpoint = "http://127.0.0.1:1";
  const auto unreachable = open(wrong);
  EXPECT_THAT(message(unreachable), Not(testing::IsEmpty()));
  EXPECT_TRUE(unreachable.error().retryable);
}

TEST_F(S3OnCeph, EncryptionThatTheServiceDoesNotHaveIsReported) {  // SSE-S3 in Ceph 16
  options_.encryption = S3Encryption::s3;
  const auto storage = must(open(options_));
  const auto put = put_text(*storage, "a", "bytes");
  ASSERT_FALSE(put);
  EXPECT_TRUE(put.error().retryable);
  EXPECT_THAT(put.error().message, HasSubstr("Correct the options sse"));
}

/// Without s3:ListBucket, the service answers 403 for an object that is missing.
TEST_F(S3OnCeph, AUserWithoutListBucketStoresAndReadsBlobs) {
  const S3Access user = CephGateway::shared().make_user("nolist");
  const std::string policy =
      R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal":
          {"AWS": ["arn:aws:iam:::user/)" +
      user.user +
      R"("]}, "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject",
          "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], "Resource": ["arn:aws:s3:::)" +
      options_.bucket + R"(/*"]}]})";
  storage::S3Request request;
  request.method = "PUT";
  request.query = {{"policy", ""}};
  request.body = bytes(policy);
  const auto answer = must(service()->call(request));
  ASSERT_FALSE(answer.failure) << answer.body;

  const auto as_user = net::static_credentials({user.access_key, user.secret_key, "", {}});
  const auto storage = must(storage::open_s3_storage(options_, smallest_parts(), as_user));
  const auto s3 = must(storage::S3Service::connect(options_, as_user));
  EXPECT_EQ(must(s3->call({.object = s3->object_name("none")})).status, 403);
  EXPECT_TRUE(storage->ready());
  const std::string text = varied_text(12 * kMebibyte);
  must(put_text(*storage, "a", text));
  EXPECT_EQ(must(read_text(*must(storage->open("a")), 1 << 20)), text);
  EXPECT_EQ(must(storage->stat("a")).size, text.size());
  EXPECT_EQ(to_string(storage->open("none").error().code), "not_found");
  EXPECT_EQ(to_string(storage->stat("none").error().code), "not_found");
  EXPECT_EQ(to_string(storage->copy("none", "b").error().code), "not_found");
  must(storage->remove("none"));
  must(storage->remove("a"));
  EXPECT_EQ(to_string(storage->open("a").error().code), "not_found");
  auto writer = must(storage->create("c"));
  must(write_text(*writer, text));
  writer.reset();
  EXPECT_TRUE(leaves_no_upload());

  const auto list = storage->list("", "", 10);
  ASSERT_FALSE(list);
  EXPECT_TRUE(list.error().retryable);
  EXPECT_THAT(list.error().message, HasSubstr("s3:ListBucket"));
}

TEST_F(S3OnCeph, TlsIsVerifiedWithTheAuthorityOfTheOptions) {
  options_.endpoint = CephGateway::shared().secure_endpoint();
  const auto untrusted = open(options_);
  EXPECT_THAT(message(untrusted), HasSubstr("is not trusted"));
  options_.ca_file = CephGateway::shared().certificate();
  const auto storage = must(open(options_));
  const std::string text = varied_text(12 * kMebibyte);
  must(put_text(*storage, "a", text));
  must(put_text(*storage, "b", "bytes"));
  EXPECT_EQ(must(read_text(*must(storage_->open("a")), 1 << 20)), text);
  EXPECT_EQ(must(read_text(*must(storage->open("a")), 1 << 20)), text);
  EXPECT_EQ(must(storage->list("", "", 10)).size(), 2U);
}

TEST_F(S3OnCeph, VirtualHostsWork) {
  options_.path_style = false;
  options_.endpoint = "http://localhost" + access_.endpoint.substr(access_.endpoint.rfind(':'));
  const auto storage = must(open(options_));
  must(put_text(*storage, "a", "bytes"));
  EXPECT_EQ(must(read_text(*must(storage_->open("a")))), "bytes");
}

TEST_F(S3OnCeph, GoesOnWhenTheGatewayIsStartedAgain) {
  const std::string text = varied_text(30 * kMebibyte);
  must(put_text(*storage_, "a", text));
  const auto reader = must(storage_->open("a"));
  std::vector<std::byte> some(1000);
  must(reader->read_at(0, some));
  auto& ceph = CephGateway::shared();
  ceph.kill_gateway();
  EXPECT_EQ(to_string(storage_->ready().error().code), "unavailable");
  ceph.start_gateway();
  EXPECT_TRUE(storage_->ready());
  EXPECT_EQ(must(read_text(*reader, 1 << 20)), text);
}

}  // namespace
}  // namespace convert::test
