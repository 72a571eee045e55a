// SPDX-License-Identifier: MIT
// Every 4xx and 5xx response that the HTTP server makes itself is a problem document (RFC 9457).
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/raw/router_test_server.hpp"
#include "http/support/raw_connection.hpp"

namespace convert::test {
namespace {

/// The value of a member whose value contains no escapes, without quotes; "(none)" if it is missing.
std::string problem_member(std::string_view json, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":";
  const auto at = json.find(key);
  if (at == json.npos) return "(none)";
  json.remove_prefix(at + key.size());
  if (!json.starts_with('"')) return std::string(json.substr(0, json.find_first_of(",}")));
  return std::string(
      json.substr(1, json.find("\",\"") == json.npos ? json.rfind('"') - 1 : json.find("\",\"") - 1));
}

void expect_problem_document(const RawResponse& response, int status, std::string_view code) {
  const std::string& body = response.body;
  EXPECT_EQ(response.status, status);
  EXPECT_EQ(response.field("Content-Type"), "application/problem+json") << body;
  EXPECT_EQ(problem_member(body, "type"), "about:blank") << body;
  EXPECT_EQ(response.line, "HTTP/1.1 " + std::to_string(status) + ' ' + problem_member(body, "title"))
      << body;
  EXPECT_EQ(problem_member(body, "status"), std::to_string(status)) << body;
  EXPECT_EQ(problem_member(body, "code"), code) << body;
  EXPECT_GT(problem_member(body, "detail").size(), std::string_view("(none)").size()) << body;
  EXPECT_NE(body.find(",\"error\":\"" + problem_member(body, "detail")), body.npos) << body;
}

struct Failure {
  int status;
  std::string code;
  std::string request;
};

std::string get_with(const std::string& target, const std::string& fields = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

std::vector<Failure> failures() {
  const std::string bad = "bad_request";
  return {
      {400, bad, "GET  / HTTP/1.1\r\n\r\n"},
      {400, bad, "GET / HTTP/1.1\nHost: h\n\n"},
      {400, bad, "GET / HTTP/1.1\r\n\r\n"},
      {400, bad, get_with("/", " folded: x\r\n")},
      {400, bad, get_with("/", "A B: x\r\n")},
      {400, bad, get_with("/{}")},
      {400, bad, get_with("/%zz")},
      {400, bad, get_with("/a/../b")},
      {400, bad, get_with("/?a=%zz")},
      {400, bad, get_with("ftp://h/")},
      {400, bad, get_with("/", "Content-Length: x\r\n")},
      {400, bad, get_with("/", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")},
      {400, bad, get_with("/", "Range: bytes=0-1\r\nRange: bytes=0-1\r\n")},
      {404, "not_found", get_with("/nowhere")},
      {404, "not_found",
       "OPTIONS /nowhere HTTP/1.1\r\nHost: h\r\nOrigin: https://a.example\r\n"
       "Access-Control-Request-Method: GET\r\n\r\n"},
      {405, "method_not_allowed", "DELETE /canary HTTP/1.1\r\nHost: h\r\n\r\n"},
      {412, "precondition_failed", get_with("/file", "If-Match: \"other\"\r\n")},
      {413, "too_large", "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n"},
      {414, "target_too_long", get_with("/" + std::string(9'000, 'a'))},
      {416, "range_not_satisfiable", get_with("/file", "Range: bytes=99999999-\r\n")},
      {417, "expectation_failed", get_with("/", "Expect: tea\r\n")},
      {431, "header_too_large", get_with("/", "A: " + std::string(17'000, 'a') + "\r\n")},
      {500, "internal", get_with("/throws", "A: b\r\n")},
      {500, "internal", get_with("/split")},
      {501, "unknown_method", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {501, "not_implemented", get_with("/", "Transfer-Encoding: gzip\r\n")},
      {505, "version_not_supported", "GET / HTTP/2.0\r\n\r\n"},
  };
}

TEST(ProblemDocuments, AreSentForEveryRejectedRequest) {
  TestRoutes routes;
  const RouterTestServer server(
      [&](server::Router& router) { routes.routes(router); },
      [](server::http::HttpServer::Options& options) { options.cors_origins = {"https://a.example"}; });
  for (const Failure& failure : failures()) {
    SCOPED_TRACE(failure.request.substr(0, 60));
    RawConnection connection(server.port());
    const auto response = connection.request(failure.request);
    if (!response) {
      ADD_FAILURE() << "no response";
      continue;
    }
    expect_problem_document(*response, failure.status, failure.code);
  }
}

TEST(ProblemDocuments, AreSentForTimeouts) {
  TestRoutes routes;
  const RouterTestServer server([&](server::Router& router) { routes.routes(router); },
                                [](server::http::HttpServer::Options& options) {
                                  options.limits.header_timeout = std::chrono::milliseconds(1);
                                });
  RawConnection connection(server.port());
  const auto response = connection.request("GET / HTTP/1.1\r\n");
  ASSERT_TRUE(response);
  expect_problem_document(*response, 408, "too_slow");
}

TEST(ProblemDocuments, AreSentOnOverload) {
  TestRoutes routes;
  const RouterTestServer server(
      [&](server::Router& router) { routes.routes(router); },
      [](server::http::HttpServer::Options& options) { options.limits.max_connections = 1; });
  RawConnection first(server.port());
  ASSERT_TRUE(first.request(get_with("/canary")));
  RawConnection second(server.port());
  const auto response = second.read_response();
  ASSERT_TRUE(response);
  expect_problem_document(*response, 503, "too_many_connections");
}

}  // namespace
}  // namespace convert::test
