// SPDX-License-Identifier: MIT
#include "http/message/multipart_parser.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/test_helpers.hpp"

namespace convert::server::http {
namespace {

using MultipartKind = MultipartParser::Kind;

std::span<const std::byte> form_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

/// Events as text. Adjacent pieces of data are joined.
class EventRecord {
 public:
  void add(const MultipartParser& parser, const MultipartParser::Step& step) {
    const bool data = step.kind == MultipartKind::data;
    if (data && !in_data_) text_ += "data:";
    in_data_ = data;
    if (data) text_.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
    if (step.kind == MultipartKind::part) {
      text_ += "<part";
      for (const Field& field : parser.fields()) text_ += ' ' + field.name + '=' + field.value;
      text_ += '>';
    }
    if (step.kind == MultipartKind::part_end) text_ += "</part>";
    if (step.kind == MultipartKind::end) text_ += "<end>";
    if (step.kind == MultipartKind::bad) text_ += "<bad: " + std::string(step.reason) + '>';
  }
  void finish(const MultipartParser& parser) { text_ += parser.finish() ? "<cut>" : "<done>"; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool in_data_ = false;
};

/// Feeds one block; false: the form is invalid.
bool feed_parser(MultipartParser& parser, std::string_view block, EventRecord& record) {
  auto input = form_bytes(block);
  for (;;) {
    const auto step = parser.next(input);
    if (step.kind == MultipartKind::more) return true;
    record.add(parser, step);
    if (step.kind == MultipartKind::bad) return false;
  }
}

/// `cuts` are ascending. Each piece is a copy, so that reads beyond it are detected.
std::string parse_multipart(const std::string& body, const std::vector<std::size_t>& cuts,
                            MultipartLimits limits = {}) {
  MultipartParser parser("frontier", limits);
  EventRecord record;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : body.size();
    if (!feed_parser(parser, std::string(body, begin, end - begin), record)) break;
    begin = end;
  }
  record.finish(parser);
  return record.text();
}

std::vector<std::size_t> cuts_every(std::size_t step, std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = step; at < size; at += step) cuts.push_back(at);
  return cuts;
}

/// Expects the same result for every split in two, and byte by byte.
std::string parse_multipart(const std::string& body, MultipartLimits limits = {}) {
  std::string whole = parse_multipart(body, {}, limits);
  for (std::size_t cut = 1; cut < body.size(); ++cut) {
    EXPECT_EQ(parse_multipart(body, {cut}, limits), whole) << "cut at " << cut << " of\n" << body;
  }
  for (std::size_t step = 1; step < 5; ++step)
    EXPECT_EQ(parse_multipart(body, cuts_every(step, body.size()), limits), whole);
  return whole;
}

const std::string head = "Content-Disposition: form-data; name=\"a\"\r\n";
const std::string part_head = "<part Content-Disposition=form-data; name=\"a\">";

std::string one_part(const std::string& data) {
  return "--frontier\r\n" + head + "\r\n" + data + "\r\n--frontier--\r\n";
}

TEST(MultipartParser, ReportsParts) {
  EXPECT_EQ(parse_multipart(one_part("hello")), part_head + "data:hello</part><end><done>");
  EXPECT_EQ(
      parse_multipart("--frontier\r\n" + head + "\r\n1\r\n--frontier\r\nX: y\r\nZ:\r\n\r\n\r\n--frontier--"),
      part_head + "data:1</part><part X=y Z=></part><end><done>");
  EXPECT_EQ(parse_multipart("--frontier--\r\n"), "<end><done>");
  EXPECT_EQ(parse_multipart("--frontier\r\n\r\nx\r\n--frontier--"), "<part>data:x</part><end><done>");
}

TEST(MultipartParser, DropsPreambleAndEpilogue) {
  EXPECT_EQ(parse_multipart("This is\r\n--front no boundary.\r\n--frontier\r\n" + head +
                            "\r\n\r\n--frontier--  \r\nAnd\r\n--frontier\r\nthis neither."),
            part_head + "</part><end><done>");
  EXPECT_EQ(parse_multipart("\r\n--frontier--"), "<end><done>");
  EXPECT_EQ(parse_multipart("--frontier \t \r\n" + head + "\r\nx\r\n--frontier  \r\n\r\n\r\n--frontier--"),
            part_head + "data:x</part><part></part><end><done>");
}

TEST(MultipartParser, AcceptsEmptyParts) {
  EXPECT_EQ(parse_multipart(one_part("")), part_head + "</part><end><done>");
  // The line end before a delimiter belongs to the delimiter, also if it ends the header.
  EXPECT_EQ(parse_multipart("--frontier\r\n" + head + "\r\n--frontier--"), part_head + "</part><end><done>");
}

TEST(MultipartParser, KeepsDataThatResemblesADelimiter) {
  for (const std::string data :
       {"\r", "\n", "\r\n", "\r\n\r\n", "\r\n-", "\r\n--", "\r\n--frontie", "\r\n--frontieR\r\n", "--frontie",
        "x--frontier", "\n--frontier", "\r--frontier", "\r\r\n--frontie", "\r\n--fr\r\n--front\r\n-\r\n--",
        "-", "--", "-\r\n", "\r\r\r\r", "\r\n-\r\n--f\r"}) {
    EXPECT_EQ(parse_multipart(one_part(data)), part_head + "data:" + data + "</part><end><done>");
  }
  const std::string zeros(3, '\0');
  EXPECT_EQ(parse_multipart(one_part(zeros)), part_head + "data:" + zeros + "</part><end><done>");
}

TEST(MultipartParser, ReturnsRandomBytesUnchanged) {
  std::mt19937 random(test::seed());
  for (int round = 0; round < 300; ++round) {
    std::string data;
    const std::string letters = "\r\n-frontie\xFF";
    for (std::size_t i = random() % 60; i > 0; --i) data += letters[random() % letters.size()];
    if (("\r\n" + data).find("\r\n--frontier") != std::string::npos) continue;
    const std::string shown = data.empty() ? "" : "data:" + data;
    EXPECT_EQ(parse_multipart(one_part(data)), part_head + shown + "</part><end><done>");
  }
}

TEST(MultipartParser, RejectsMalformedForms) {
  const auto refused = [](const std::string& body) {
    return parse_multipart(body).find("<bad: ") != std::string::npos;
  };
  EXPECT_TRUE(refused("--frontierX\r\n\r\n"));
  EXPECT_TRUE(refused("--frontier-\r\n\r\n"));
  EXPECT_TRUE(refused("--frontier -\r\n\r\n"));
  EXPECT_TRUE(refused("--frontier\n\n"));
  EXPECT_TRUE(refused("--frontier\rX"));
  EXPECT_TRUE(refused("--frontier\r\nno colon\r\n\r\n"));
  EXPECT_TRUE(refused("--frontier\r\n: x\r\n\r\n"));
  EXPECT_TRUE(refused("--frontier\r\nA : x\r\n\r\n"));
  EXPECT_TRUE(refused("--frontier\r\nA: x\r\n folded\r\n\r\n"));
  EXPECT_TRUE(refused("--frontier\r\nA: x\nB: y\r\n\r\n"));
  EXPECT_TRUE(refused("--frontier\r\nA: x\rB: y\r\n\r\n"));
  EXPECT_TRUE(refused(std::string("--frontier\r\nA: \0\r\n\r\n", 20)));
  EXPECT_TRUE(refused("--frontier\r\n" + head + "\r\nx\r\n--frontier!\r\n"));
}

TEST(MultipartParser, RejectsDuplicateContentDisposition) {
  for (const std::string& second : {head, std::string("content-disposition: form-data; name=\"b\"\r\n")}) {
    EXPECT_EQ(parse_multipart("--frontier\r\n" + head + "A: b\r\n" + second + "\r\nx\r\n--frontier--"),
              "<bad: Invalid form: a part has two Content-Disposition fields. Send one.><cut>");
  }
}

TEST(MultipartParser, RejectsNestedAndEncodedParts) {
  EXPECT_EQ(parse_multipart("--frontier\r\nContent-Type: Multipart/mixed; boundary=x\r\n\r\n"),
            "<bad: Invalid form: its parts must not be multipart.><cut>");
  const std::string encoded =
      "<bad: Invalid form: Content-Transfer-Encoding must be 7bit, 8bit or binary.><cut>";
  EXPECT_EQ(parse_multipart("--frontier\r\ncontent-transfer-encoding: base64\r\n\r\n"), encoded);
  EXPECT_EQ(parse_multipart("--frontier\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"), encoded);
  EXPECT_EQ(parse_multipart("--frontier\r\nContent-Transfer-Encoding: BINARY\r\n\r\n\r\n--frontier--"),
            "<part Content-Transfer-Encoding=BINARY></part><end><done>");
}

TEST(MultipartParser, RejectsMissingFinalBoundary) {
  const std::string body = one_part("hello");
  const std::size_t last = body.rfind("--") + 2;
  for (std::size_t size = 0; size < last; ++size) {
    EXPECT_TRUE(parse_multipart(body.substr(0, size)).ends_with("<cut>")) << size;
  }
  EXPECT_TRUE(parse_multipart(body.substr(0, last)).ends_with("<done>"));
}

TEST(MultipartParser, EnforcesLimits) {
  MultipartLimits limits;
  limits.preamble = 10;
  limits.epilogue = 5;
  limits.header_bytes = 30;
  limits.header_lines = 3;
  limits.parts = 2;
  const auto good = [&](const std::string& body) {
    return parse_multipart(body, limits).ends_with("<done>");
  };
  const std::string end = "\r\n--frontier--";
  EXPECT_TRUE(good("0123456789" + end));
  EXPECT_FALSE(good("0123456789a" + end));
  EXPECT_TRUE(good(end + "12345"));
  EXPECT_FALSE(good(end + "123456"));
  const auto header = [&](const std::string& lines) { return good("--frontier\r\n" + lines + "\r\n" + end); };
  EXPECT_TRUE(header("A: 1\r\nB: 2\r\nC: 3\r\n"));
  EXPECT_FALSE(header("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"));
  EXPECT_TRUE(header("A:" + std::string(26, 'x') + "\r\n"));
  EXPECT_FALSE(header("A:" + std::string(27, 'x') + "\r\n"));
  const std::string part = "\r\n--frontier\r\n\r\n";
  EXPECT_TRUE(good(part + part + end));
  EXPECT_FALSE(good(part + part + part + end));
  EXPECT_FALSE(good("--frontier" + std::string(257, ' ') + "\r\n\r\n" + end));
}

TEST(MultipartParser, ReturnsLargeBlocksWithoutCopy) {
  MultipartParser parser("frontier");
  const std::string front = "--frontier\r\n\r\n";
  const std::string block = front + std::string(100'000, '\r') + "\r\n--frontier--";
  auto input = form_bytes(block);
  ASSERT_EQ(parser.next(input).kind, MultipartKind::part);
  const auto step = parser.next(input);
  ASSERT_EQ(step.kind, MultipartKind::data);
  EXPECT_EQ(step.data.size(), 100'000U);
  EXPECT_EQ(static_cast<const void*>(step.data.data()), block.data() + front.size());
}

TEST(MultipartParser, ClearsFieldsBetweenParts) {
  MultipartParser parser("frontier");
  EventRecord record;
  ASSERT_TRUE(feed_parser(parser, "--frontier\r\nX-Name: 1\r\n\r\n", record));
  EXPECT_EQ(parser.field("x-name"), "1");
  ASSERT_TRUE(feed_parser(parser, "\r\n--frontier\r\nOther: 1\r\n\r\n", record));
  EXPECT_EQ(parser.field("x-name"), std::nullopt);
}

TEST(MultipartParser, ValidatesBoundaries) {
  EXPECT_TRUE(MultipartParser::is_boundary("----WebKitFormBoundaryAbC123"));
  EXPECT_TRUE(MultipartParser::is_boundary("'()+_,-./:=? x"));
  EXPECT_TRUE(MultipartParser::is_boundary(std::string(70, 'x')));
  EXPECT_FALSE(MultipartParser::is_boundary(std::string(71, 'x')));
  EXPECT_FALSE(MultipartParser::is_boundary(""));
  EXPECT_FALSE(MultipartParser::is_boundary("x "));
  EXPECT_FALSE(MultipartParser::is_boundary("a\r\nb"));
  EXPECT_FALSE(MultipartParser::is_boundary("a\"b"));
  EXPECT_FALSE(MultipartParser::is_boundary("\xC3\xA9"));
}

}  // namespace
}  // namespace convert::server::http
