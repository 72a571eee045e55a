// SPDX-License-Identifier: MIT
#include "api/support/read_fields.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convert::server::api {
namespace {

// A body that comes in pieces of `piece` bytes.
class PiecewiseBody final : public Body {
 public:
  PiecewiseBody(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
  std::optional<std::uint64_t> length() const noexcept override { return text_.size(); }
  std::uint64_t received() const noexcept override { return at_; }
  Async<Result<std::size_t>> read(std::span<std::byte> into) override {
    const std::size_t count = std::min({piece_, into.size(), text_.size() - at_});
    std::memcpy(into.data(), text_.data() + at_, count);
    at_ += count;
    co_return count;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

struct Sent {
  std::string type;
  std::string body;
};

Async<void> read_into(Request& request, FieldContext context, std::optional<Outcome<Fields>>& fields) {
  fields = co_await read_fields(request, context);
}

Outcome<Fields> read(const Sent& sent, FieldContext context, std::size_t piece = 4'096) {
  asio::io_context io;
  const std::vector<FieldView> head{{"content-type", sent.type}};
  Request request;
  request.fields = head;
  request.executor = io.get_executor();
  request.body = std::make_shared<PiecewiseBody>(sent.body, piece);
  std::optional<Outcome<Fields>> fields;
  asio::co_spawn(io, read_into(request, context, fields), [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  io.run();
  return *std::move(fields);
}

std::string part(std::string_view name, std::string_view value) {
  return "--bound\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(value) + "\r\n";
}

const std::string kMultipart = "multipart/form-data; boundary=bound";

// The same fields in each of the three types.
std::vector<Sent> signups() {
  return {
      {"application/json",
       R"({"username":"ada","email":"ada@example.org","password1":"a b&c=é","password2":"a b&c=é"})"},
      {"application/json; charset=utf-8", R"({"nombre":"ada","email":"ada@example.org","password":"a b&c=é",)"
                                          R"("password_confirmation":"a b&c=é"})"},
      {"application/x-www-form-urlencoded",
       "username=ada&email=ada%40example.org&password1=a+b%26c%3D%C3%A9&password2=a%20b%26c%3D%c3%a9"},
      {"application/x-www-form-urlencoded",
       "user=ada&email=ada%40example.org&password=a+b%26c%3D%C3%A9&password_confirmation=a+b%26c%3D%C3%A9"},
      {kMultipart, part("username", "ada") + part("email", "ada@example.org") + part("password1", "a b&c=é") +
                       part("password2", "a b&c=é") + "--bound--\r\n"},
      {kMultipart, part("nombre", "ada") + part("email", "ada@example.org") + part("password", "a b&c=é") +
                       part("password_confirmation", "a b&c=é") + "--bound--\r\n"}};
}

TEST(BodyFields, AreEqualInAllBodyTypesAndLegacyNames) {
  for (const Sent& sent : signups()) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4'096}}) {
      const auto fields = read(sent, FieldContext::signup, piece);
      ASSERT_TRUE(fields) << sent.type << ": " << fields.error().detail;
      EXPECT_EQ(fields->find("username"), "ada") << sent.body;
      EXPECT_EQ(fields->find("email"), "ada@example.org") << sent.body;
      EXPECT_EQ(fields->find("password1"), "a b&c=é") << sent.body;
      EXPECT_EQ(fields->find("password2"), "a b&c=é") << sent.body;
    }
  }
}

TEST(BodyFields, IgnoreTheCaseOfMediaTypes) {
  const auto fields = read({"Application/JSON", R"({"username":"ada"})"}, FieldContext::login);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->find("username"), "ada");
}

TEST(BodyFields, AreEmptyForAnEmptyBody) {
  for (const std::string type : {"", "application/json", "text/plain"}) {
    const auto fields = read({type, ""}, FieldContext::login);
    ASSERT_TRUE(fields) << type;
    EXPECT_EQ(fields->find("username"), std::nullopt);
  }
}

TEST(BodyFields, RejectOtherMediaTypes) {
  for (const std::string type :
       {"text/plain", "application/xml", "application/octet-stream", "multipart/mixed; boundary=x"}) {
    const auto fields = read({type, "x"}, FieldContext::login);
    ASSERT_FALSE(fields) << type;
    EXPECT_EQ(fields.error().code, "unsupported") << type;
  }
  EXPECT_EQ(read({"/;;", "x"}, FieldContext::login).error().code, "invalid_argument");
}

TEST(BodyFields, IgnoreFileParts) {
  const std::string file =
      "--bound\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"a.mp3\"\r\n"
      "Content-Type: audio/mpeg\r\n\r\n\xff\xfb\x90\r\n";
  const auto fields =
      read({kMultipart, file + part("newFormat", "wav") + "--bound--\r\n"}, FieldContext::task);
  ASSERT_TRUE(fields) << fields.error().detail;
  EXPECT_EQ(fields->find("newFormat"), "wav");
  EXPECT_EQ(fields->find("audio"), std::nullopt);
}

TEST(BodyFields, RejectMalformedMultipart) {
  const std::string good = part("a", "b");
  for (const Sent& sent :
       std::vector<Sent>{{"multipart/form-data", good + "--bound--\r\n"},
                         {kMultipart, good},
                         {kMultipart, "--bound\r\nContent-Type: text/plain\r\n\r\nx\r\n--bound--\r\n"},
                         {kMultipart, part("a", "b") + part("a", "c") + "--bound--\r\n"},
                         {kMultipart, part("a", "\xff") + "--bound--\r\n"},
                         {kMultipart, part(std::string(257, 'n'), "b") + "--bound--\r\n"}}) {
    const auto fields = read(sent, FieldContext::task);
    ASSERT_FALSE(fields) << sent.body;
    EXPECT_EQ(fields.error().code, "invalid_argument") << sent.body;
  }
}

TEST(BodyFields, RejectMalformedForms) {
  for (const std::string body : {"a=%zz", "a=%ff", "a=%00", "a=1&a=2"}) {
    const auto fields = read({"application/x-www-form-urlencoded", body}, FieldContext::task);
    ASSERT_FALSE(fields) << body;
    EXPECT_EQ(fields.error().code, "invalid_argument") << body;
  }
}

TEST(BodyFields, LimitTheSizeOfTheBody) {
  const std::string frame = R"({"a":""})";
  const std::string max_bytes(256 * 1'024 - frame.size(), 'x');
  EXPECT_TRUE(read({"application/json", R"({"a":")" + max_bytes + R"("})"}, FieldContext::task));
  const auto more = read({"application/json", R"({"a":")" + max_bytes + R"(x"})"}, FieldContext::task);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, "too_large");
}

TEST(BodyFields, MapLegacyNamesInTheQuery) {
  Request request;
  request.query = "max_tasks=5&order=1";
  const auto fields = query_fields(request, FieldContext::list);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->find("max"), "5");
  request.query = "max_tasks=5&max=6";
  EXPECT_FALSE(query_fields(request, FieldContext::list));
}

}  // namespace
}  // namespace convert::server::api
