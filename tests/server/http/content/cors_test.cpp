// SPDX-License-Identifier: MIT
// Of what an answer carries: compressed texts, events, what other origins may do.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "http/content/cors.hpp"
#include "http/content/event_stream.hpp"
#include "http/content/gzip.hpp"
#include "http/message/method.hpp"
#include "support/shell_command.hpp"
#include "support/temporary_folder.hpp"

namespace convert::server::http {
namespace {

TEST(Method, Names) {
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del, Method::options}) {
    EXPECT_EQ(parse_method(to_string(method)), method);
  }
  EXPECT_EQ(to_string(Method::del), "DELETE");
  EXPECT_EQ(parse_method("get"), Method::other);
  EXPECT_EQ(parse_method(""), Method::other);
  EXPECT_EQ(to_string(Method::other), "");
}

TEST(Gzip, IsChosen) {
  EXPECT_TRUE(prefers_gzip("gzip, deflate, br"));
  EXPECT_TRUE(prefers_gzip("gzip;q=0.1"));
  EXPECT_TRUE(prefers_gzip("*"));
  EXPECT_TRUE(prefers_gzip("identity, gzip"));
  EXPECT_FALSE(prefers_gzip({}));
  EXPECT_FALSE(prefers_gzip(""));
  EXPECT_FALSE(prefers_gzip("identity"));
  EXPECT_FALSE(prefers_gzip("gzip;q=0"));
  EXPECT_FALSE(prefers_gzip("identity, gzip;q=0.5"));
}

TEST(Gzip, IsReadByGzip) {
  SKIP_WITHOUT_PROGRAMS("gzip");
  const test::TemporaryFolder folder;
  std::string text = "[";
  for (int i = 0; i < 10'000; ++i) text += "{\"id\":" + std::to_string(i * 7919) + "},";
  for (const std::string& plain : {std::string(), std::string("x"), text}) {
    const auto compressed = gzip(plain);
    ASSERT_TRUE(compressed);
    std::ofstream(folder / "a.gz", std::ios::binary) << *compressed;
    const auto ran = test::run("gzip -dc " + test::quoted(folder / "a.gz"));
    EXPECT_EQ(ran.status, 0);
    EXPECT_TRUE(ran.output == plain);
  }
  EXPECT_LT(gzip(text)->size(), text.size() / 3);
}

TEST(EventText, Lines) {
  EXPECT_EQ(format_event("state", 7, "{}"), "id: 7\nevent: state\ndata: {}\n\n");
  EXPECT_EQ(format_event("", {}, "a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(format_event("x", {}, ""), "event: x\ndata: \n\n");
  EXPECT_EQ(format_event("", {}, "a\n"), "data: a\ndata: \n\n");
  EXPECT_EQ(format_retry(std::chrono::seconds(2)), "retry: 2000\n\n");
}

TEST(EventText, Ids) {
  EXPECT_EQ(parse_event_id(" 12 "), 12U);
  EXPECT_EQ(parse_event_id(""), std::nullopt);
  EXPECT_EQ(parse_event_id("-1"), std::nullopt);
  EXPECT_EQ(parse_event_id("1\n2"), std::nullopt);
  EXPECT_EQ(parse_event_id("99999999999999999999"), std::nullopt);
}

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
