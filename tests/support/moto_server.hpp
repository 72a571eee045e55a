// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "support/s3_server.hpp"
#include "support/server_process.hpp"
#include "support/test_files.hpp"

namespace convert::test {

/// moto, a simulation of AWS in Python, on a free port of 127.0.0.1. Checks signatures and permissions. It is
/// run by the Python interpreter that CONVERT_MOTO names, of a virtual environment with moto
/// (tests/support/moto/requirements.txt). cmake/test.sh makes one.
class MotoServer {
 public:
  /// Tests that need it call SKIP_WITHOUT_MOTO.
  static bool installed();

  /// Throws if it does not start.
  MotoServer();
  MotoServer(const MotoServer&) = delete;
  MotoServer& operator=(const MotoServer&) = delete;

  /// The one that the tests of a program share. Give each test a bucket of its own.
  static MotoServer& shared();

  /// A user who may do everything in S3.
  const S3Access& access() const { return access_; }
  /// A user with this policy ("Statement" of IAM, in JSON) and a name with this start.
  S3Access make_user(const std::string& start, const std::string& statement);
  /// A role with this policy, which every user of the account may assume. Returns its ARN.
  std::string make_role(const std::string& start, const std::string& statement);
  std::string make_bucket();

 private:
  std::string request(const std::string& service, const std::string& arguments) const;
  void check_signatures(bool check) const;

  TemporaryFolder folder_;
  std::string endpoint_;
  S3Access access_;
  std::unique_ptr<ServerProcess> process_;
};

#define SKIP_WITHOUT_MOTO() \
  if (!convert::test::MotoServer::installed()) GTEST_SKIP() << "moto is not installed"

}  // namespace convert::test
