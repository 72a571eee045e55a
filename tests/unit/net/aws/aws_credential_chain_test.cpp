// SPDX-License-Identifier: MIT
#include "net/aws/aws_credential_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "net/http/server_clock.hpp"
#include "support/http_stub_server.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"
#include "unit/net/aws/fake_environment.hpp"

namespace convert::net {
namespace {

using namespace std::chrono_literals;
using test::fake_environment;
using test::HttpStubServer;
using test::StubConnection;
using test::StubRequest;
using testing::HasSubstr;
using testing::Not;
using Variables = std::map<std::string, std::string>;

constexpr const char* kJsonCredentials =
    R"({"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"s3cr3t","Token":"t0k3n",)"
    R"("Expiration":"2030-01-01T01:00:00Z"})";
// The servers' clocks: an hour before the credentials expire, whatever this host's clock says.
constexpr const char* kServerDate = "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\n";

constexpr const char* kStsCredentials =
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
    "<AccessKeyId>ASIA2</AccessKeyId><SecretAccessKey>a&amp;b</SecretAccessKey><SessionToken>tok</"
    "SessionToken>"
    "<Expiration>2030-01-01T01:00:00.000Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

Result<AwsCredentials> fetch(const Variables& variables) {
  return aws_credential_chain(fake_environment(variables))->credentials({});
}

void expect_expires_in_an_hour(const AwsCredentials& credentials) {
  ASSERT_TRUE(credentials.expires);
  const auto rest = *credentials.expires - std::chrono::steady_clock::now();
  EXPECT_GT(rest, 59min);
  EXPECT_LE(rest, 60min);
}

class AwsCredentialChain : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }

  test::TemporaryFolder folder_;
};

TEST_F(AwsCredentialChain, TakesTheEnvironmentFirst) {
  const auto credentials = fetch({{"AWS_ACCESS_KEY_ID", "AKIA"},
                                  {"AWS_SECRET_ACCESS_KEY", "secret"},
                                  {"AWS_SESSION_TOKEN", "token"},
                                  {"AWS_PROFILE", "other"}});
  ASSERT_TRUE(credentials) << credentials.error().message;
  EXPECT_EQ(credentials->access_key_id, "AKIA");
  EXPECT_EQ(credentials->secret_access_key, "secret");
  EXPECT_EQ(credentials->session_token, "token");
  EXPECT_FALSE(credentials->expires);
}

TEST_F(AwsCredentialChain, ReportsHalfAKey) {
  const auto credentials = fetch({{"AWS_ACCESS_KEY_ID", "AKIA"}});
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, Errc::invalid_argument);
  EXPECT_THAT(credentials.error().message, HasSubstr("AWS_SECRET_ACCESS_KEY"));
}

TEST_F(AwsCredentialChain, ReadsProfiles) {
  const Variables files{{"AWS_SHARED_CREDENTIALS_FILE", file("credentials",
                                                             "# keys\n"
                                                             "[default]\n"
                                                             "aws_access_key_id = AKIAD\n"
                                                             "aws_secret_access_key=d/e+f==\n"
                                                             "[ops]\r\n"
                                                             "aws_access_key_id = AKIAO\r\n"
                                                             "aws_secret_access_key = ops\r\n"
                                                             "aws_session_token = tok\r\n")},
                        {"AWS_CONFIG_FILE", file("config",
                                                 "[default]\n"
                                                 "region = eu-west-1\n"
                                                 "aws_access_key_id = not used\n"
                                                 "s3 =\n"
                                                 "  max_concurrent_requests = 20\n"
                                                 "[profile ops]\n"
                                                 "region = us-west-2\n"
                                                 "[sso-session x]\n"
                                                 "sso_region = y\n")}};
  auto credentials = test::must(fetch(files));
  EXPECT_EQ(credentials.access_key_id, "AKIAD");
  EXPECT_EQ(credentials.secret_access_key, "d/e+f==");
  EXPECT_EQ(aws_region(fake_environment(files)), "eu-west-1");
  Variables ops = files;
  ops.emplace("AWS_PROFILE", "ops");
  credentials = test::must(fetch(ops));
  EXPECT_EQ(credentials.access_key_id, "AKIAO");
  EXPECT_EQ(credentials.session_token, "tok");
  EXPECT_EQ(aws_region(fake_environment(ops)), "us-west-2");
  ops.emplace("AWS_REGION", "ap-south-1");
  EXPECT_EQ(aws_region(fake_environment(ops)), "ap-south-1");
}

TEST_F(AwsCredentialChain, ReadsProfilesBelowHome) {
  std::filesystem::create_directory(folder_.path() / ".aws");
  file(".aws/credentials", "[default]\naws_access_key_id=AKIAH\naws_secret_access_key=h\n");
  EXPECT_EQ(test::must(fetch({{"HOME", folder_.path().string()}})).access_key_id, "AKIAH");
}

TEST_F(AwsCredentialChain, ReportsUnusableProfiles) {
  const std::string config = file("config",
                                  "[profile process]\ncredential_process = /bin/true\n"
                                  "[profile sso]\nsso_session = x\n"
                                  "[profile half]\naws_access_key_id = AKIA\n"
                                  "[profile empty]\nregion = x\n"
                                  "[profile role]\nrole_arn = arn:aws:iam::1:role/r\n"
                                  "[profile loop]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = loop\n"
                                  "[profile mfa]\nrole_arn = a\nmfa_serial = b\nsource_profile = half\n");
  const Variables expected{{"process", "credential_process"},
                           {"sso", "SSO"},
                           {"half", "aws_secret_access_key"},
                           {"empty", "no credentials"},
                           {"role", "source_profile"},
                           {"loop", "too many source profiles"},
                           {"mfa", "mfa_serial"},
                           {"missing", "does not exist"}};
  for (const auto& [profile, part] : expected) {
    const auto credentials = fetch({{"AWS_CONFIG_FILE", config}, {"AWS_PROFILE", profile}});
    ASSERT_FALSE(credentials) << profile;
    EXPECT_EQ(credentials.error().code, Errc::invalid_argument) << profile;
    EXPECT_FALSE(credentials.error().retryable) << profile;
    EXPECT_THAT(credentials.error().message, HasSubstr(part)) << profile;
  }
}

TEST_F(AwsCredentialChain, ReportsALineWithoutShowingIt) {
  const auto credentials =
      fetch({{"AWS_SHARED_CREDENTIALS_FILE", file("credentials", "[default]\nsecret-without-a-name\n")}});
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, Errc::invalid_argument);
  EXPECT_THAT(credentials.error().message, HasSubstr("line 2"));
  EXPECT_THAT(credentials.error().message, Not(HasSubstr("secret-without")));
}

TEST_F(AwsCredentialChain, UsesAWebIdentity) {
  HttpStubServer sts([](const StubRequest&, StubConnection& connection) {
    connection.answer(200, kStsCredentials, kServerDate);
  });
  const std::string token = file("token", "jwt.token\n");
  const auto chain =
      aws_credential_chain(fake_environment({{"AWS_WEB_IDENTITY_TOKEN_FILE", token},
                                             {"AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/convert"},
                                             {"AWS_ROLE_SESSION_NAME", "session one"},
                                             {"AWS_ENDPOINT_URL_STS", sts.url()}}));
  const auto credentials = test::must(chain->credentials({}));
  EXPECT_EQ(credentials.access_key_id, "ASIA2");
  EXPECT_EQ(credentials.secret_access_key, "a&b");
  EXPECT_EQ(credentials.session_token, "tok");
  expect_expires_in_an_hour(credentials);
  const StubRequest request = sts.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.header("authorization"), "");
  EXPECT_THAT(request.body, HasSubstr("Action=AssumeRoleWithWebIdentity&Version=2011-06-15"));
  EXPECT_THAT(request.body, HasSubstr("&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fconvert&"));
  EXPECT_THAT(request.body, HasSubstr("&RoleSessionName=session%20one&WebIdentityToken=jwt.token"));

  // The token is read anew for each renewal.
  file("token", "second");
  chain->refuse(credentials);
  ASSERT_TRUE(chain->credentials({}));
  EXPECT_THAT(sts.requests().at(1).body, HasSubstr("WebIdentityToken=second"));
}

TEST_F(AwsCredentialChain, ReportsTheReasonOfSts) {
  HttpStubServer sts([](const StubRequest&, StubConnection& connection) {
    connection.answer(403,
                      "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                      "<Message>Not authorized</Message></Error></ErrorResponse>");
  });
  const auto credentials = fetch({{"AWS_WEB_IDENTITY_TOKEN_FILE", file("token", "jwt.token")},
                                  {"AWS_ROLE_ARN", "arn:aws:iam::1:role/r"},
                                  {"AWS_ENDPOINT_URL_STS", sts.url()}});
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, Errc::invalid_argument);
  EXPECT_THAT(credentials.error().message, HasSubstr("AccessDenied (Not authorized)"));
  EXPECT_THAT(credentials.error().message, Not(HasSubstr("jwt.token")));
  EXPECT_EQ(sts.requests().size(), 1U);
}

TEST_F(AwsCredentialChain, AssumesARoleWithTheKeysOfAnotherProfile) {
  HttpStubServer sts([](const StubRequest& request, StubConnection& connection) {
    // An hour off: the first signature is refused for its time.
    const bool first = request.header("x-amz-date").compare(0, 8, "20300101") != 0;
    connection.answer(first ? 403 : 200, first ? "<ErrorResponse/>" : kStsCredentials, kServerDate);
  });
  const std::string config = file("config",
                                  "[profile base]\naws_access_key_id = AKIAB\naws_secret_access_key = b\n"
                                  "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
                                  "external_id = ext\nduration_seconds = 900\nregion = eu-west-1\n");
  const auto credentials = test::must(
      fetch({{"AWS_CONFIG_FILE", config}, {"AWS_PROFILE", "role"}, {"AWS_ENDPOINT_URL_STS", sts.url()}}));
  EXPECT_EQ(credentials.access_key_id, "ASIA2");
  ASSERT_EQ(sts.requests().size(), 2U);
  const StubRequest request = sts.requests().at(1);
  EXPECT_THAT(request.header("authorization"),
              HasSubstr("Credential=AKIAB/20300101/eu-west-1/sts/aws4_request, "
                        "SignedHeaders=content-type;host;x-amz-date, "));
  EXPECT_THAT(request.body, HasSubstr("&ExternalId=ext&DurationSeconds=900"));
}

TEST_F(AwsCredentialChain, UsesTheContainersEndpoint) {
  HttpStubServer endpoint([](const StubRequest&, StubConnection& connection) {
    connection.answer(200, kJsonCredentials, kServerDate);
  });
  const auto credentials =
      test::must(fetch({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url() + "/v1/credentials?a=b"},
                        {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "not used"},
                        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file("token", "from the file\n")}}));
  EXPECT_EQ(credentials.access_key_id, "ASIA1");
  EXPECT_EQ(credentials.secret_access_key, "s3cr3t");
  EXPECT_EQ(credentials.session_token, "t0k3n");
  expect_expires_in_an_hour(credentials);
  EXPECT_EQ(endpoint.requests().at(0).target, "/v1/credentials?a=b");
  EXPECT_EQ(endpoint.requests().at(0).header("authorization"), "from the file");
}

TEST_F(AwsCredentialChain, SendsAContainersTokenToNoOtherHost) {
  const auto credentials = fetch({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/credentials"}});
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, Errc::invalid_argument);
}

TEST_F(AwsCredentialChain, UsesTheInstancesMetadata) {
  HttpStubServer metadata([](const StubRequest& request, StubConnection& connection) {
    const std::string roles = "/latest/meta-data/iam/security-credentials/";
    if (request.method == "PUT" && request.target == "/latest/api/token") {
      const bool good = !request.header("x-aws-ec2-metadata-token-ttl-seconds").empty();
      connection.answer(good ? 200 : 400, "session");
    } else if (request.header("x-aws-ec2-metadata-token") != "session") {
      connection.answer(401, "");
    } else if (request.target == roles) {
      connection.answer(200, "convert-role\n");
    } else if (request.target == roles + "convert-role") {
      connection.answer(200, kJsonCredentials, kServerDate);
    } else {
      connection.answer(404, "");
    }
  });
  const auto credentials = test::must(fetch({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url()}}));
  EXPECT_EQ(credentials.access_key_id, "ASIA1");
  expect_expires_in_an_hour(credentials);
}

TEST_F(AwsCredentialChain, ReportsAnInstanceWithoutARole) {
  HttpStubServer metadata([](const StubRequest& request, StubConnection& connection) {
    connection.answer(request.method == "PUT" ? 200 : 404, "session");
  });
  const auto credentials = fetch({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url()}});
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, Errc::unavailable);
  EXPECT_TRUE(credentials.error().retryable);
  EXPECT_THAT(credentials.error().message, HasSubstr("AWS_ACCESS_KEY_ID"));
}

TEST_F(AwsCredentialChain, RetriesAMetadataServiceThatIsBusy) {
  std::atomic<int> refusals = 2;
  HttpStubServer endpoint([&](const StubRequest&, StubConnection& connection) {
    if (refusals-- > 0) return void(connection.answer(503, ""));
    connection.answer(200, kJsonCredentials, kServerDate);
  });
  EXPECT_TRUE(fetch({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url()}}));
}

TEST_F(AwsCredentialChain, ReportsAnswersThatAreNoCredentials) {
  for (const char* const body :
       {"", "[]", "{}", "{\"AccessKeyId\":\"A\"}", "{\"Code\":\"Failed\"}", "not JSON",
        "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"topsecret\",\"Expiration\":\"tomorrow\"}"}) {
    HttpStubServer endpoint(
        [&](const StubRequest&, StubConnection& connection) { connection.answer(200, body); });
    const auto credentials = fetch({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url()}});
    ASSERT_FALSE(credentials) << body;
    EXPECT_EQ(credentials.error().code, Errc::unavailable) << body;
    EXPECT_THAT(credentials.error().message, Not(HasSubstr("topsecret")));
  }
}

TEST_F(AwsCredentialChain, ReportsThatThereAreNone) {
  const auto credentials = fetch({{"AWS_EC2_METADATA_DISABLED", "true"}});
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, Errc::not_found);
  EXPECT_THAT(credentials.error().message, HasSubstr("AWS_ACCESS_KEY_ID"));
}

TEST_F(AwsCredentialChain, AStopRequestEndsAFetch) {
  HttpStubServer endpoint([](const StubRequest&, StubConnection& connection) { connection.receive(1); });
  const auto chain =
      aws_credential_chain(fake_environment({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url()}}));
  std::stop_source stop;
  std::thread stopper([&] {
    EXPECT_TRUE(test::eventually(10s, [&] { return !endpoint.requests().empty(); }));
    stop.request_stop();
  });
  const auto credentials = chain->credentials(stop.get_token());
  stopper.join();
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, Errc::cancelled);
}

}  // namespace
}  // namespace convert::net
