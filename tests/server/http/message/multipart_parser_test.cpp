// SPDX-License-Identifier: MIT
#include "http/message/multipart_parser.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/test_helpers.hpp"

namespace convert::server::http {
namespace {

using Kind = MultipartParser::Kind;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

/// What happened, as text: data that was cut into pieces looks as if it had not been.
class Record {
 public:
  void add(const MultipartParser& parser, const MultipartParser::Step& step) {
    const bool data = step.kind == Kind::data;
    if (data && !in_data_) text_ += "data:";
    in_data_ = data;
    if (data) text_.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
    if (step.kind == Kind::part) {
      text_ += "<part";
      for (const Field& field : parser.fields()) text_ += ' ' + field.name + '=' + field.value;
      text_ += '>';
    }
    if (step.kind == Kind::part_end) text_ += "</part>";
    if (step.kind == Kind::end) text_ += "<end>";
    if (step.kind == Kind::bad) text_ += "<bad: " + std::string(step.reason) + '>';
  }
  void finish(const MultipartParser& parser) { text_ += parser.finish() ? "<cut>" : "<done>"; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool in_data_ = false;
};

/// Feeds one block; false: it is bad.
bool feed(MultipartParser& parser, std::string_view block, Record& record) {
  auto input = bytes_of(block);
  for (;;) {
    const auto step = parser.next(input);
    if (step.kind == Kind::more) return true;
    record.add(parser, step);
    if (step.kind == Kind::bad) return false;
  }
}

/// `cuts` ascend. Each piece is a copy, so that nothing looks beyond it unnoticed.
std::string parse(const std::string& body, const std::vector<std::size_t>& cuts,
                  MultipartLimits limits = {}) {
  MultipartParser parser("frontier", limits);
  Record record;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : body.size();
    if (!feed(parser, std::string(body, begin, end - begin), record)) break;
    begin = end;
  }
  record.finish(parser);
  return record.text();
}

std::vector<std::size_t> every(std::size_t step, std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = step; at < size; at += step) cuts.push_back(at);
  return cuts;
}

/// The same for every cut in two, and byte by byte.
std::string parse(const std::string& body, MultipartLimits limits = {}) {
  std::string whole = parse(body, {}, limits);
  for (std::size_t cut = 1; cut < body.size(); ++cut) {
    EXPECT_EQ(parse(body, {cut}, limits), whole) << "cut at " << cut << " of\n" << body;
  }
  for (std::size_t step = 1; step < 5; ++step)
    EXPECT_EQ(parse(body, every(step, body.size()), limits), whole);
  return whole;
}

const std::string head = "Content-Disposition: form-data; name=\"a\"\r\n";
const std::string part_head = "<part Content-Disposition=form-data; name=\"a\">";

std::string one_part(const std::string& data) {
  return "--frontier\r\n" + head + "\r\n" + data + "\r\n--frontier--\r\n";
}

TEST(MultipartParser, FindsParts) {
  EXPECT_EQ(parse(one_part("hello")), part_head + "data:hello</part><end><done>");
  EXPECT_EQ(parse("--frontier\r\n" + head + "\r\n1\r\n--frontier\r\nX: y\r\nZ:\r\n\r\n\r\n--frontier--"),
            part_head + "data:1</part><part X=y Z=></part><end><done>");
  EXPECT_EQ(parse("--frontier--\r\n"), "<end><done>");
  EXPECT_EQ(parse("--frontier\r\n\r\nx\r\n--frontier--"), "<part>data:x</part><end><done>");
}

TEST(MultipartParser, DropsWhatIsAround) {
  EXPECT_EQ(parse("This is\r\n--front no boundary.\r\n--frontier\r\n" + head +
                  "\r\n\r\n--frontier--  \r\nAnd\r\n--frontier\r\nthis neither."),
            part_head + "</part><end><done>");
  EXPECT_EQ(parse("\r\n--frontier--"), "<end><done>");
  EXPECT_EQ(parse("--frontier \t \r\n" + head + "\r\nx\r\n--frontier  \r\n\r\n\r\n--frontier--"),
            part_head + "data:x</part><part></part><end><done>");
}

TEST(MultipartParser, PartsMayBeEmpty) {
  EXPECT_EQ(parse(one_part("")), part_head + "</part><end><done>");
  // The line end before a delimiter belongs to it, also if it is the one that ends the header.
  EXPECT_EQ(parse("--frontier\r\n" + head + "\r\n--frontier--"), part_head + "</part><end><done>");
}

TEST(MultipartParser, KeepsWhatOnlyLooksLikeADelimiter) {
  for (const std::string data :
       {"\r", "\n", "\r\n", "\r\n\r\n", "\r\n-", "\r\n--", "\r\n--frontie", "\r\n--frontieR\r\n", "--frontie",
        "x--frontier", "\n--frontier", "\r--frontier", "\r\r\n--frontie", "\r\n--fr\r\n--front\r\n-\r\n--",
        "-", "--", "-\r\n", "\r\r\r\r", "\r\n-\r\n--f\r"}) {
    EXPECT_EQ(parse(one_part(data)), part_head + "data:" + data + "</part><end><done>");
  }
  const std::string zeros(3, '\0');
  EXPECT_EQ(parse(one_part(zeros)), part_head + "data:" + zeros + "</part><end><done>");
}

TEST(MultipartParser, RandomBytesComeBackAsTheyWere) {
  std::mt19937 random(test::seed());
  for (int round = 0; round < 300; ++round) {
    std::string data;
    const std::string letters = "\r\n-frontie\xFF";
    for (std::size_t i = random() % 60; i > 0; --i) data += letters[random() % letters.size()];
    if (("\r\n" + data).find("\r\n--frontier") != std::string::npos) continue;
    const std::string shown = data.empty() ? "" : "data:" + data;
    EXPECT_EQ(parse(one_part(data)), part_head + shown + "</part><end><done>");
  }
}

TEST(MultipartParser, RefusesWhatIsLoose) {
  const auto refused = [](const std::string& body) {
    return parse(body).find("<bad: ") != std::string::npos;
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

TEST(MultipartParser, RefusesASecondDisposition) {
  for (const std::string& second : {head, std::string("content-disposition: form-data; name=\"b\"\r\n")}) {
    EXPECT_EQ(parse("--frontier\r\n" + head + "A: b\r\n" + second + "\r\nx\r\n--frontier--"),
              "<bad: A part of the form has two fields Content-Disposition. Send one.><cut>");
  }
}

TEST(MultipartParser, RefusesNestedAndEncodedParts) {
  EXPECT_EQ(parse("--frontier\r\nContent-Type: Multipart/mixed; boundary=x\r\n\r\n"),
            "<bad: The parts of a form may not be multipart themselves.><cut>");
  const std::string encoded = "<bad: The parts of a form have to be sent as they are (8bit or binary).><cut>";
  EXPECT_EQ(parse("--frontier\r\ncontent-transfer-encoding: base64\r\n\r\n"), encoded);
  EXPECT_EQ(parse("--frontier\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"), encoded);
  EXPECT_EQ(parse("--frontier\r\nContent-Transfer-Encoding: BINARY\r\n\r\n\r\n--frontier--"),
            "<part Content-Transfer-Encoding=BINARY></part><end><done>");
}

TEST(MultipartParser, NoticesThatTheEndIsMissing) {
  const std::string body = one_part("hello");
  const std::size_t last = body.rfind("--") + 2;
  for (std::size_t size = 0; size < last; ++size) {
    EXPECT_TRUE(parse(body.substr(0, size)).ends_with("<cut>")) << size;
  }
  EXPECT_TRUE(parse(body.substr(0, last)).ends_with("<done>"));
}

TEST(MultipartParser, HasLimits) {
  MultipartLimits limits;
  limits.preamble = 10;
  limits.epilogue = 5;
  limits.header_bytes = 30;
  limits.header_lines = 3;
  limits.parts = 2;
  const auto good = [&](const std::string& body) { return parse(body, limits).ends_with("<done>"); };
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

TEST(MultipartParser, LargeBlocksAreHandedOutInPlace) {
  MultipartParser parser("frontier");
  const std::string front = "--frontier\r\n\r\n";
  const std::string block = front + std::string(100'000, '\r') + "\r\n--frontier--";
  auto input = bytes_of(block);
  ASSERT_EQ(parser.next(input).kind, Kind::part);
  const auto step = parser.next(input);
  ASSERT_EQ(step.kind, Kind::data);
  EXPECT_EQ(step.data.size(), 100'000U);
  EXPECT_EQ(static_cast<const void*>(step.data.data()), block.data() + front.size());
}

TEST(MultipartParser, ForgetsTheFieldsOfTheLastPart) {
  MultipartParser parser("frontier");
  Record record;
  ASSERT_TRUE(feed(parser, "--frontier\r\nX-Name: 1\r\n\r\n", record));
  EXPECT_EQ(parser.field("x-name"), "1");
  ASSERT_TRUE(feed(parser, "\r\n--frontier\r\nOther: 1\r\n\r\n", record));
  EXPECT_EQ(parser.field("x-name"), std::nullopt);
}

TEST(MultipartParser, KnowsBoundaries) {
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
