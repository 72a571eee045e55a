// SPDX-License-Identifier: MIT
#include "support/moto_server.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "support/shell_command.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

constexpr std::chrono::seconds kMotoPatience{60};

std::string moto_interpreter() {
  const char* const given = std::getenv("CONVERT_MOTO");
  return given != nullptr ? given : "";
}

/// The argument of curl that sends a policy with this statement.
std::string policy(const std::string& statement) {
  return "--data-urlencode 'PolicyDocument={\"Version\": \"2012-10-17\", \"Statement\": " + statement + "}' ";
}

/// The text of the first element of this name.
std::string element(const std::string& xml, const std::string& name) {
  const auto start = xml.find("<" + name + ">");
  const auto end = xml.find("</" + name + ">");
  if (start == std::string::npos || end == std::string::npos)
    throw std::runtime_error("moto answers without " + name + ": " + xml);
  return xml.substr(start + name.size() + 2, end - start - name.size() - 2);
}

}  // namespace

bool MotoServer::installed() { return std::filesystem::exists(moto_interpreter()) && has_program("curl"); }

MotoServer& MotoServer::shared() {
  static MotoServer server;
  return server;
}

MotoServer::MotoServer() {
  const std::string port = std::to_string(free_port());
  endpoint_ = "http://127.0.0.1:" + port;
  process_ = std::make_unique<ServerProcess>(ProgramStart{
      {moto_interpreter(), "-m", "moto.server", "-H", "127.0.0.1", "-p", port}, folder_ / "log"});
  const auto answers = [this] {
    return run("curl --noproxy '*' -sf -m 5 -o /dev/null " + endpoint_ + "/moto-api/data.json").status == 0;
  };
  if (!eventually(kMotoPatience, answers))
    throw std::runtime_error("moto does not start:\n" + read_file(folder_ / "log"));
  access_ = make_user("test", R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})");
}

std::string MotoServer::request(const std::string& service, const std::string& arguments) const {
  const CommandResult answer =
      run("curl --noproxy '*' -sS -f -m 30 -H 'Authorization: AWS4-HMAC-SHA256 Credential=none/20260101/"
          "us-east-1/" +
          service + "/aws4_request, SignedHeaders=host, Signature=none' -H 'x-amz-date: 20260101T000000Z' " +
          arguments);
  if (answer.status != 0) throw std::runtime_error("moto refuses a request: " + answer.output);
  return answer.output;
}

void MotoServer::check_signatures(bool check) const {
  // The number of requests that are not checked from now on.
  request("s3", std::string("-X POST -H 'Content-Type: text/plain' -d ") + (check ? "0" : "1000000") + " " +
                    endpoint_ + "/moto-api/reset-auth");
}

std::string MotoServer::make_role(const std::string& start, const std::string& statement) {
  const std::string name = unique_name(start);
  check_signatures(false);
  const std::string role = "--data-urlencode Version=2010-05-08 --data-urlencode RoleName=" + name + " ";
  const std::string made = request(
      "iam",
      role +
          "-d Action=CreateRole --data-urlencode 'AssumeRolePolicyDocument={\"Version\": \"2012-10-17\", "
          "\"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"*\"}, \"Action\": "
          "\"sts:AssumeRole\"}}' " +
          endpoint_);
  request("iam", role + "-d Action=PutRolePolicy -d PolicyName=policy " + policy(statement) + endpoint_);
  check_signatures(true);
  return element(made, "Arn");
}

S3Access MotoServer::make_user(const std::string& start, const std::string& statement) {
  const std::string name = unique_name(start);
  check_signatures(false);
  const std::string user = "--data-urlencode Version=2010-05-08 --data-urlencode UserName=" + name + " ";
  request("iam", user + "-d Action=CreateUser " + endpoint_);
  request("iam", user + "-d Action=PutUserPolicy -d PolicyName=policy " + policy(statement) + endpoint_);
  const std::string key = request("iam", user + "-d Action=CreateAccessKey " + endpoint_);
  check_signatures(true);
  return {endpoint_, element(key, "AccessKeyId"), element(key, "SecretAccessKey"), name};
}

std::string MotoServer::make_bucket() {
  const std::string name = unique_name("test-" + std::to_string(::getpid()));
  check_signatures(false);
  request("s3", "-X PUT " + endpoint_ + "/" + name);
  check_signatures(true);
  return name;
}

}  // namespace convert::test
