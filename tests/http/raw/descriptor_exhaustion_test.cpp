// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"

namespace convert::test {
namespace {

/// Occupies all descriptors of this process except `left` during its lifetime.
class Shortage {
 public:
  explicit Shortage(std::size_t left) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = 512;
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int next = ::dup(0); next >= 0; next = ::dup(0)) taken_.push_back(next);
    for (; left > 0 && !taken_.empty(); --left) {
      ::close(taken_.back());
      taken_.pop_back();
    }
  }
  ~Shortage() {
    for (const int number : taken_) ::close(number);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(Descriptors, ListenerSurvivesExhaustion) {
#ifdef CONVERT_SANITIZED
  GTEST_SKIP()
      << "UndefinedBehaviorSanitizer looks at objects through a pipe: without descriptors all look wrong";
#endif
  TestRoutes routes;
  RouterTestServer server([&](server::Router& router) { routes.routes(router); });
  const std::string request = "GET /canary HTTP/1.1\r\nHost: toys\r\n\r\n";
  std::optional<RawConnection> wire;
  {
    const Shortage shortage(1);  // for the client
    wire.emplace(server.port());
    wire->send(request);
    EXPECT_TRUE(server.logged("Cannot accept connections"));
  }
  const auto response = wire->read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "canary");
}

}  // namespace
}  // namespace convert::test
