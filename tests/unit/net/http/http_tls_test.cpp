// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "net/http/http_client.hpp"
#include "support/http_stub_server.hpp"
#include "support/test_files.hpp"
#include "unit/net/http/client_helpers.hpp"
#include "unit/net/http/tls_transport.hpp"

namespace convert::net {
namespace {

using test::direct_client;
using test::HttpStubServer;
using test::once;
using test::request_to;
using test::StubConnection;
using test::StubRequest;

class HttpTls : public testing::Test {
 protected:
  HttpTls() { ::signal(SIGPIPE, SIG_IGN); }  // SSL_write of the stub server

  HttpClientOptions trusting(const test::TlsAuthority& authority) {
    const auto path = folder_.path() / "ca.pem";
    std::ofstream(path) << authority.certificate();
    HttpClientOptions options;
    options.ca_file = path;
    return options;
  }

  Result<HttpResponse> call(const HttpClientOptions& options, const HttpStubServer& server) {
    return direct_client(options)->perform(request_to("https://" + server.authority() + "/a"), once());
  }

  static void answer(const StubRequest&, StubConnection& connection) { connection.answer(200, "secret"); }

  test::TemporaryFolder folder_;
  test::TlsAuthority authority_;
};

TEST_F(HttpTls, TrustsThePrivateAuthority) {
  HttpStubServer server(answer, authority_.server_for("IP:127.0.0.1"));
  const auto client = direct_client(trusting(authority_));
  for (int i = 0; i < 3; ++i) {
    const auto response = client->perform(request_to("https://" + server.authority() + "/a"), once());
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "secret");
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(HttpTls, RefusesAnUnknownAuthority) {
  HttpStubServer server(answer, authority_.server_for("IP:127.0.0.1"));
  const test::TlsAuthority other;
  for (const HttpClientOptions& options : {HttpClientOptions{}, trusting(other)}) {
    const auto response = call(options, server);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::io);
    EXPECT_FALSE(response.error().retryable);
    EXPECT_THAT(response.error().message, testing::HasSubstr("is not trusted"));
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpTls, RefusesACertificateOfAnotherName) {
  HttpStubServer server(answer, authority_.server_for("DNS:other.example"));
  const auto response = call(trusting(authority_), server);
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, testing::HasSubstr("is not trusted"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpTls, RefusesOldVersionsOfTls) {
  HttpStubServer server(answer, authority_.server_for("IP:127.0.0.1", TLS1_1_VERSION));
  const auto response = call(trusting(authority_), server);
  ASSERT_FALSE(response);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpTls, ReportsAFileThatHoldsNoCertificate) {
  HttpStubServer server(answer, authority_.server_for("IP:127.0.0.1"));
  HttpClientOptions options = trusting(authority_);
  std::ofstream(options.ca_file) << "no certificate\n";
  const auto response = call(options, server);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace convert::net
