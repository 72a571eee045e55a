// SPDX-License-Identifier: MIT
// URIs, tokens, times, checksums and answers: what needs no server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "storage/s3/block_cache.hpp"
#include "storage/s3/crc32c.hpp"
#include "storage/s3/objects.hpp"
#include "storage/s3/s3_error.hpp"
#include "storage/s3/s3_storage.hpp"
#include "storage/s3/s3_time.hpp"
#include "storage/s3/unfinished_uploads.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::storage {
namespace {

using testing::HasSubstr;

TEST(S3Uri, HasABucketAPrefixAndOptions) {
  const auto options = test::must(
      parse_s3_uri("s3://my-bucket/a/b%20c/?endpoint=https://host:9000&region=eu-central-1&path_style=false&"
                   "ca=/etc/ca.pem&sse=aws:kms&kms_key=alias/k&checksum=none&public_endpoint=http://front"));
  EXPECT_EQ(options.bucket, "my-bucket");
  EXPECT_EQ(options.prefix, "a/b c");
  EXPECT_EQ(options.endpoint, "https://host:9000");
  EXPECT_EQ(options.public_endpoint, "http://front");
  EXPECT_EQ(options.region, "eu-central-1");
  EXPECT_EQ(options.path_style, false);
  EXPECT_EQ(options.ca_file, "/etc/ca.pem");
  EXPECT_EQ(options.encryption, S3Encryption::kms);
  EXPECT_EQ(options.kms_key, "alias/k");
  EXPECT_FALSE(options.checksums);
  EXPECT_EQ(test::must(parse_s3_uri("s3://bucket")).prefix, "");
  EXPECT_EQ(test::must(parse_s3_uri("S3://bucket/")).prefix, "");
}

TEST(S3Uri, RejectsMistakes) {
  for (const char* uri :
       {"s3:bucket", "s3://", "s3:///prefix", "s3://b", "s3://-bucket", "s3://bu cket", "s3://bucket//a",
        "s3://bucket/a/../b", "s3://bucket/a//b", "s3://bucket?sse=none", "s3://bucket?path_style=1",
        "s3://bucket?endpoint=host", "s3://bucket?endpoint=https://host/path", "s3://bucket?kms_key=x",
        "s3://bucket?region=EU%20", "s3://bucket?checksum=md5", "s3://key:secret@bucket", "file:///bucket",
        "s3://a_b?path_style=false"}) {
    const auto options = parse_s3_uri(uri);
    ASSERT_FALSE(options) << uri;
    EXPECT_EQ(to_string(options.error().code), "invalid_argument") << uri;
    EXPECT_THAT(options.error().message, Not(HasSubstr("secret")));
  }
  const auto unknown = parse_s3_uri("s3://bucket?regoin=x");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::unsupported);
  EXPECT_THAT(unknown.error().message, HasSubstr("region"));
}

TEST(S3Tokens, AreReadForTheirKeyOnly) {
  const SuspendedUpload suspended{
      random_name(), 3, 30'000'000, 77, random_name(), "2~id.with-all_characters"};
  const std::string token = write_token("a/key", suspended);
  const auto read = read_token("a/key", token);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->mark, suspended.mark);
  EXPECT_EQ(read->parts, 3);
  EXPECT_EQ(read->part_bytes, 30'000'000U);
  EXPECT_EQ(read->tail_bytes, 77U);
  EXPECT_EQ(read->tail_name, suspended.tail_name);
  EXPECT_EQ(read->upload_id, suspended.upload_id);
  EXPECT_FALSE(read_token("a/other", token));
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(read_token("a/key", changed)) << at;
    EXPECT_FALSE(read_token("a/key", token.substr(0, at))) << at;
  }
}

TEST(S3Time, BothFormsOfOneTimeAreEqual) {
  const auto listed = parse_s3_time("2026-11-30T22:05:35.706Z");
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed, parse_s3_time("Mon, 30 Nov 2026 22:05:35 GMT"));
  EXPECT_EQ(listed, parse_s3_time("2026-11-30T22:05:35Z"));
  EXPECT_EQ(listed->time_since_epoch(), std::chrono::seconds(1796076336)) << "rounded up";
  for (const char* text : {"", "2026", "2026-11-30", "2026-13-30T22:05:35Z", "-026-11-30T22:05:35Z", "x"})
    EXPECT_FALSE(parse_s3_time(text)) << text;
}

TEST(Crc32c, AgreesWithTheStandardAndWithTheTables) {
  EXPECT_EQ(crc32c(test::bytes("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c_text(test::bytes("123456789")), "4waSgw==");
  std::mt19937 random(test::seed());
  std::string text;
  for (int time = 0; time < 100; ++time) {
    text.resize(random() % 1000);
    for (char& letter : text) letter = static_cast<char>(random());
    EXPECT_EQ(crc32c(test::bytes(text)), crc32c_by_tables(test::bytes(text))) << text.size();
  }
}

/// Every key that is greater than `after` is also greater than the start, and none of the others is.
TEST(S3Lists, AStartFindsTheSameKeysAsAnyText) {
  const std::vector<std::string> keys = {"a", "a-", "a.b", "a/b", "a0", "aA", "a_", "aa", "az", "b"};
  std::mt19937 random(test::seed());
  for (int time = 0; time < 10'000; ++time) {
    std::string after(random() % 4, 'a');
    for (char& letter : after) letter = random() % 3 == 0 ? static_cast<char>(random()) : 'a';
    const std::string start = list_start(after);
    for (const std::string& key : keys) EXPECT_EQ(key > after, key > start) << key << " after " << after;
    for (const char letter : start) {
      EXPECT_GT(letter, ' ');
      EXPECT_LE(letter, '~');
    }
  }
}

TEST(S3Disposition, IsAscii) {
  EXPECT_EQ(content_disposition("", true), "attachment");
  EXPECT_EQ(content_disposition("a b.mp3", false), "inline; filename=\"a b.mp3\"");
  EXPECT_EQ(content_disposition("\xc3\xa4\"\r\n.mp3", true),
            "attachment; filename=\"____.mp3\"; filename*=UTF-8''%C3%A4%22%0D%0A.mp3");
}

TEST(S3Errors, AreReadFromAnyAnswer) {
  net::HttpResponse response;
  response.status = 200;
  response.body = "\n \n<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>x</Message></Error>";
  EXPECT_TRUE(holds_error(response));
  EXPECT_EQ(read_failure(response).code, "SlowDown");
  response.body = "<CopyObjectResult><ETag>\"1\"</ETag></CopyObjectResult>";
  EXPECT_FALSE(holds_error(response));
  response.status = 400;
  response.body = "<Error><Code>A\xff\n</Code><Message>b\x01.</Message><Region>c d</Region></Error>";
  const S3Failure strange = read_failure(response);
  EXPECT_EQ(strange.code, "A\xef\xbf\xbd ");
  EXPECT_EQ(strange.message, "b .");
  EXPECT_EQ(strange.region, "");
  response.status = 502;
  response.body = "<html><body>Bad gateway</body>";
  EXPECT_TRUE(read_failure(response).transient());
  response.status = 403;
  response.body.clear();
  EXPECT_TRUE(read_failure(response).denied());
}

TEST(S3Errors, StateTheRemedy) {
  const S3Place place{"b", "https://host"};
  const auto message = [&](int status, const char* code) {
    const Error error = s3_error({status, code, "words of the service"}, "Cannot read", place);
    EXPECT_TRUE(error.retryable) << code;
    return error.message;
  };
  EXPECT_THAT(message(404, "NoSuchBucket"), HasSubstr("the bucket \"b\" at https://host does not exist"));
  EXPECT_THAT(message(403, "AccessDenied"), HasSubstr("s3:GetObject"));
  EXPECT_THAT(message(403, "InvalidAccessKeyId"), HasSubstr("does not know the access key"));
  EXPECT_THAT(message(403, "SignatureDoesNotMatch"), HasSubstr("secret access key"));
  EXPECT_THAT(message(400, "ExpiredToken"), HasSubstr("have expired"));
  EXPECT_THAT(message(403, "RequestTimeTooSkewed"), HasSubstr("clock"));
  EXPECT_THAT(message(301, "PermanentRedirect"), HasSubstr("endpoint"));
  EXPECT_THAT(message(503, "SlowDown"), HasSubstr("later"));
  EXPECT_FALSE(s3_error({400, "InvalidArgument", ""}, "Cannot read", place).retryable);
}

TEST(S3Objects, AnETagShowsParts) {
  EXPECT_FALSE(uploaded_in_parts("\"d41d8cd98f00b204e9800998ecf8427e\""));
  EXPECT_FALSE(uploaded_in_parts("d41d8cd98f00b204e9800998ecf8427e"));
  EXPECT_TRUE(uploaded_in_parts("\"d41d8cd98f00b204e9800998ecf8427e-3\""));
  EXPECT_TRUE(uploaded_in_parts("\"something else\""));
}

TEST(BlockCache, DropsTheBlockThatWasUsedLongestAgo) {
  BlockCache cache(2);
  cache.add(1, "one");
  cache.add(2, "two");
  ASSERT_NE(cache.find(1), nullptr);
  cache.add(3, "three");
  EXPECT_EQ(cache.find(2), nullptr);
  EXPECT_EQ(*cache.find(1), "one");
  EXPECT_EQ(*cache.find(3), "three");
}

}  // namespace
}  // namespace convert::storage
