// SPDX-License-Identifier: MIT
// The table of routes and the OpenAPI document say the same.
#include "api/handlers.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <set>
#include <string>

#include "api/routes.hpp"

namespace convert::server::api {
namespace {

namespace bj = boost::json;

bj::object document() {
  return bj::parse(bj::string_view(openapi_text().data(), openapi_text().size())).as_object();
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// The schemes of an operation, without those of the document where it has none of its own.
std::set<std::string> schemes(const bj::object& operation) {
  if (!operation.contains("security")) return {"bearer"};
  std::set<std::string> names;
  for (const auto& one : operation.at("security").as_array()) {
    for (const auto& scheme : one.as_object()) names.emplace(scheme.key());
  }
  return names;
}

std::set<std::string> schemes(Access access) {
  switch (access) {
    case Access::anyone:
      return {};
    case Access::authenticated:
      return {"bearer"};
    case Access::token_only:
      return {"token"};
    case Access::link_holder:
      break;
  }
  return {"bearer", "link"};
}

TEST(OpenApi, DescribesEachRouteAndItsSecurity) {
  const auto text = document();
  const auto& paths = text.at("paths").as_object();
  for (const ApiRoute& row : api_routes()) {
    const std::string what = std::string(to_string(row.method)) + " " + std::string(row.pattern);
    const auto* path = paths.if_contains(bj::string_view(row.pattern.data(), row.pattern.size()));
    ASSERT_NE(path, nullptr) << what;
    const auto* operation = path->as_object().if_contains(lower(to_string(row.method)));
    ASSERT_NE(operation, nullptr) << what;
    EXPECT_EQ(schemes(operation->as_object()), schemes(row.access)) << what;
    EXPECT_EQ(operation->at("responses").as_object().contains("401"),
              row.access != Access::anyone || row.rate_class == RateClass::login)
        << what;
    EXPECT_EQ(operation->at("responses").as_object().contains("403"),
              row.access == Access::token_only || row.rate_class == RateClass::signup)
        << what;
  }
}

TEST(OpenApi, DescribesOnlyExistingRoutes) {
  std::set<std::string> known{"get /healthz"};  // a constant, which has no row
  for (const ApiRoute& row : api_routes())
    known.insert(lower(to_string(row.method)) + " " + std::string(row.pattern));
  std::set<std::string> documented;
  std::set<std::string> operations;
  const auto text = document();
  for (const auto& path : text.at("paths").as_object()) {
    for (const auto& item : path.value().as_object()) {
      if (item.key() == "parameters") continue;
      documented.insert(std::string(item.key()) + " " + std::string(path.key()));
      operations.emplace(item.value().at("operationId").as_string());
    }
  }
  EXPECT_EQ(documented, known);
  EXPECT_EQ(operations.size(), documented.size()) << "an operationId is there twice";
}

}  // namespace
}  // namespace convert::server::api
