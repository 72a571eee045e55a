// SPDX-License-Identifier: MIT
#include "net/aws/aws_signature.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <span>
#include <string>

#include "unit/net/aws/aws_signature_vectors.hpp"

namespace convert::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const AwsCredentials kSuiteKey{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "", {}};
const AwsCredentials kS3Key{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", {}};

AwsSigning s3_signing() { return {"us-east-1", "s3", sys_days(std::chrono::year(2013) / 5 / 24)}; }

std::string authorization(const HttpRequest& request) {
  return std::string(request.headers.find("Authorization").value_or(""));
}

std::string s3_signature(HttpRequest request) {
  sign(request, kS3Key, s3_signing());
  const std::string text = authorization(request);
  return text.substr(text.rfind('=') + 1);
}

HttpRequest s3_request(std::string method, std::string path) {
  HttpRequest request;
  request.method = std::move(method);
  request.url.host = "examplebucket.s3.amazonaws.com";
  request.url.path = std::move(path);
  return request;
}

TEST(AwsSignature, AgreesWithTheTestSuite) {
  for (const test::SignatureVector& vector : test::signature_vectors()) {
    HttpRequest request;
    request.method = vector.method;
    request.url.host = "example.amazonaws.com";
    request.url.path = vector.path;
    request.url.query = vector.query;
    for (const auto& [name, value] : vector.headers) request.headers.add(name, value);
    request.body = std::as_bytes(std::span(vector.body));
    AwsCredentials key = kSuiteKey;
    key.session_token = vector.session_token;
    sign(request, key, {"us-east-1", "service", sys_days(std::chrono::year(2015) / 8 / 30) + 12h + 36min});
    EXPECT_EQ(
        authorization(request),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" +
            vector.signed_headers + ", Signature=" + vector.signature)
        << vector.name;
  }
}

// The examples of "Authenticating Requests: Using the Authorization Header" in the Amazon S3 API reference.
TEST(AwsSignature, AgreesWithTheExamplesOfS3) {
  HttpRequest get = s3_request("GET", "/test.txt");
  get.headers.add("Range", "bytes=0-9");
  EXPECT_EQ(s3_signature(get), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");

  const std::string body = "Welcome to Amazon S3.";
  HttpRequest put = s3_request("PUT", "/" + encode_path("test$file.text"));
  put.headers.add("Date", "Fri, 24 May 2013 00:00:00 GMT");
  put.headers.add("x-amz-storage-class", "REDUCED_REDUNDANCY");
  put.body = std::as_bytes(std::span(body));
  EXPECT_EQ(s3_signature(put), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");

  HttpRequest lifecycle = s3_request("GET", "/");
  lifecycle.url.query = {{"lifecycle", ""}};
  EXPECT_EQ(s3_signature(lifecycle), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");

  HttpRequest list = s3_request("GET", "/");
  list.url.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(s3_signature(list), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// The example of "Authenticating Requests: Using Query Parameters" in the Amazon S3 API reference.
TEST(AwsSignature, PresignsAsTheExampleOfS3) {
  const Url url = presign("GET", s3_request("GET", "/test.txt").url, kS3Key, s3_signing(), 24h);
  EXPECT_EQ(url.text(),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(AwsSignature, ClampsTheTimeOfAPresignedUrl) {
  const Url url = presign("GET", s3_request("GET", "/a").url, kS3Key, s3_signing(), 24h * 30);
  EXPECT_NE(url.text().find("X-Amz-Expires=604800&"), std::string::npos);
}

TEST(AwsSignature, PresignedUrlCarriesTheSessionToken) {
  AwsCredentials key = kS3Key;
  key.session_token = "a/b+c=";
  const Url url = presign("GET", s3_request("GET", "/a").url, key, s3_signing(), 60s);
  EXPECT_NE(url.text().find("X-Amz-Security-Token=a%2Fb%2Bc%3D&"), std::string::npos);
}

TEST(AwsSignature, ReplacesAnEarlierSignature) {
  HttpRequest once = s3_request("GET", "/a");
  sign(once, kS3Key, s3_signing());
  HttpRequest twice = s3_request("GET", "/a");
  AwsCredentials old = kS3Key;
  old.session_token = "expired";
  sign(twice, old, {"eu-west-1", "s3", sys_days(std::chrono::year(2012) / 1 / 1)});
  sign(twice, kS3Key, s3_signing());
  EXPECT_EQ(authorization(twice), authorization(once));
  EXPECT_FALSE(twice.headers.find("X-Amz-Security-Token"));
}

TEST(AwsSignature, SignsThePathOfS3AsItIsSent) {
  HttpRequest request = s3_request("GET", "/" + encode_path("a b/../é+$.mp3"));
  EXPECT_EQ(request.url.path, "/a%20b/../%C3%A9%2B%24.mp3");
  HttpRequest normalized = s3_request("GET", "/%C3%A9%2B%24.mp3");
  EXPECT_NE(s3_signature(request), s3_signature(normalized));
}

TEST(AwsSignature, LeavesHeadersThatProxiesChangeUnsigned) {
  HttpRequest request = s3_request("GET", "/a");
  request.headers.add("User-Agent", "x");
  request.headers.add("Accept-Encoding", "identity");
  EXPECT_EQ(s3_signature(request), s3_signature(s3_request("GET", "/a")));
}

}  // namespace
}  // namespace convert::net
