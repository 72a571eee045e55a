// SPDX-License-Identifier: MIT
#include "http/content/cors.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace convert::server::http {
namespace {

std::string body_text(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) text += field.name + ": " + field.value + '\n';
  return text;
}

const std::vector<FieldView> asked{{"origin", "https://a.example"}, {"Access-Control-Request-Method", "PUT"}};

TEST(Cors, IsOffByDefault) {
  const Cors cors({});
  EXPECT_TRUE(cors.disabled());
  EXPECT_TRUE(cors.response_fields(asked).empty());
  EXPECT_FALSE(cors.preflight(Method::options, asked, "GET"));
}

TEST(Cors, NamesOneOrigin) {
  const Cors cors({"https://A.example", "http://localhost:3000"});
  EXPECT_THAT(body_text(cors.response_fields(asked)),
              testing::StartsWith("Vary: Origin\nAccess-Control-Allow-Origin: "
                                  "https://a.example\n"));
  EXPECT_EQ(body_text(cors.response_fields(std::vector<FieldView>{{"Origin", "https://b.example"}})),
            "Vary: Origin\n");
  EXPECT_EQ(body_text(cors.response_fields(std::vector<FieldView>{{"Origin", "null"}})), "Vary: Origin\n");
  EXPECT_EQ(body_text(cors.response_fields({})), "Vary: Origin\n");
}

TEST(Cors, NamesAll) {
  const Cors cors({"*"});
  EXPECT_THAT(body_text(cors.response_fields({})), testing::StartsWith("Access-Control-Allow-Origin: *\n"));
  EXPECT_THAT(body_text(cors.response_fields(asked)), testing::Not(testing::HasSubstr("Credentials")));
}

TEST(Cors, AnswersPreflights) {
  const Cors cors({"https://a.example"});
  const auto fields = cors.preflight(Method::options, asked, "GET, PUT");
  ASSERT_TRUE(fields);
  EXPECT_THAT(body_text(*fields), testing::HasSubstr("Access-Control-Allow-Methods: GET, PUT\n"));
  EXPECT_THAT(body_text(*fields), testing::HasSubstr("Access-Control-Allow-Origin: https://a.example\n"));
  EXPECT_THAT(body_text(*fields), testing::HasSubstr("Authorization"));
  EXPECT_FALSE(cors.preflight(Method::get, asked, "GET"));
  EXPECT_FALSE(cors.preflight(Method::options, std::span(asked).first(1), "GET"));
  EXPECT_FALSE(cors.preflight(Method::options, std::span(asked).last(1), "GET"));
  const std::vector<FieldView> stranger{{"Origin", "https://b.example"}, asked[1]};
  EXPECT_FALSE(cors.preflight(Method::options, stranger, "GET"));
}

}  // namespace
}  // namespace convert::server::http
