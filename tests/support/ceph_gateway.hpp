// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "support/s3_server.hpp"
#include "support/server_process.hpp"
#include "support/test_files.hpp"

namespace convert::test {

/// Ceph's object gateway (S3) with a monitor and an object daemon of its own, which keeps the objects in
/// memory, on free ports of 127.0.0.1. Ready within about a second.
class CephGateway {
 public:
  /// Whether Ceph is installed. Tests that need it call SKIP_WITHOUT_CEPH.
  static bool installed();

  /// Throws if it does not start.
  CephGateway();
  CephGateway(const CephGateway&) = delete;
  CephGateway& operator=(const CephGateway&) = delete;

  /// The one that the tests of a program share. Give each test a bucket of its own.
  static CephGateway& shared();

  /// The user who owns the buckets of `make_bucket`.
  const S3Access& access() const { return access_; }
  /// "https://127.0.0.1:PORT", and the file of the certificate to trust.
  std::string secure_endpoint() const { return "https://127.0.0.1:" + std::to_string(secure_port_); }
  std::filesystem::path certificate() const { return folder_ / "certificate.pem"; }
  /// Another user, without any permission for them. The name starts with `start`.
  S3Access make_user(const std::string& start) const;
  /// Kills the gateway; the objects stay. `start_gateway` starts it again, on the same port.
  void kill_gateway() { gateway_.reset(); }
  void start_gateway();

 private:
  void write_configuration(int monitor_port) const;
  void run_tool(std::vector<std::string> command) const;
  std::unique_ptr<ServerProcess> start(const std::string& program, std::vector<std::string> arguments) const;

  TemporaryFolder folder_;
  int gateway_port_ = 0;
  int secure_port_ = 0;
  S3Access access_;
  std::unique_ptr<ServerProcess> monitor_;
  std::unique_ptr<ServerProcess> daemon_;
  std::unique_ptr<ServerProcess> gateway_;
};

#define SKIP_WITHOUT_CEPH() \
  if (!convert::test::CephGateway::installed()) GTEST_SKIP() << "Ceph's object gateway is not installed"

}  // namespace convert::test
