// SPDX-License-Identifier: MIT
#include "http/content/cors.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace convert::server::http {
namespace {

std::string fields_text(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) text += field.name + ": " + field.value + '\n';
  return text;
}

const std::vector<FieldView> kRequest{{"origin", "https://a.example"},
                                      {"Access-Control-Request-Method", "PUT"}};

TEST(Cors, IsDisabledByDefault) {
  const Cors cors({});
  EXPECT_TRUE(cors.disabled());
  EXPECT_TRUE(cors.response_fields(kRequest).empty());
  EXPECT_FALSE(cors.preflight(Method::options, kRequest, "GET"));
}

TEST(Cors, AllowsListedOrigins) {
  const Cors cors({"https://A.example", "http://localhost:3000"});
  EXPECT_THAT(fields_text(cors.response_fields(kRequest)),
              testing::StartsWith("Vary: Origin\nAccess-Control-Allow-Origin: "
                                  "https://a.example\n"));
  EXPECT_EQ(fields_text(cors.response_fields(std::vector<FieldView>{{"Origin", "https://b.example"}})),
            "Vary: Origin\n");
  EXPECT_EQ(fields_text(cors.response_fields(std::vector<FieldView>{{"Origin", "null"}})), "Vary: Origin\n");
  EXPECT_EQ(fields_text(cors.response_fields({})), "Vary: Origin\n");
}

TEST(Cors, AllowsAllOrigins) {
  const Cors cors({"*"});
  EXPECT_THAT(fields_text(cors.response_fields({})), testing::StartsWith("Access-Control-Allow-Origin: *\n"));
  EXPECT_THAT(fields_text(cors.response_fields(kRequest)), testing::Not(testing::HasSubstr("Credentials")));
}

TEST(Cors, RespondsToPreflights) {
  const Cors cors({"https://a.example"});
  const auto fields = cors.preflight(Method::options, kRequest, "GET, PUT");
  ASSERT_TRUE(fields);
  EXPECT_THAT(fields_text(*fields), testing::HasSubstr("Access-Control-Allow-Methods: GET, PUT\n"));
  EXPECT_THAT(fields_text(*fields), testing::HasSubstr("Access-Control-Allow-Origin: https://a.example\n"));
  EXPECT_THAT(fields_text(*fields), testing::HasSubstr("Authorization"));
  EXPECT_FALSE(cors.preflight(Method::get, kRequest, "GET"));
  EXPECT_FALSE(cors.preflight(Method::options, std::span(kRequest).first(1), "GET"));
  EXPECT_FALSE(cors.preflight(Method::options, std::span(kRequest).last(1), "GET"));
  const std::vector<FieldView> stranger{{"Origin", "https://b.example"}, kRequest[1]};
  EXPECT_FALSE(cors.preflight(Method::options, stranger, "GET"));
}

}  // namespace
}  // namespace convert::server::http
