// SPDX-License-Identifier: MIT
// Untrusted multipart bodies: the events do not depend on how the bytes are split, and bytes without a
// delimiter are returned as the data of a part.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_support.hpp"
#include "http/message/multipart_parser.hpp"

namespace {

using namespace convert::server::http;
using convert::fuzz::fail;
using Kind = MultipartParser::Kind;

constexpr std::string_view boundary = "B";
constexpr MultipartLimits limits{64, 64, 256, 4, 8};

/// Records the events as text with joined data, and checks their order.
struct Record {
  std::string text;
  bool in_data = false, open = false, ended = false;

  void add(const MultipartParser& parser, const MultipartParser::Step& step) {
    const bool data = step.kind == Kind::data;
    if (data && (!open || step.data.empty())) fail("data outside of a part, or empty data");
    if (data && !in_data) text += "\ndata ";
    in_data = data;
    if (data) text.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
    if (step.kind == Kind::part) {
      if (open || ended) fail("a part within another, or after the end");
      open = true;
      text += "\npart";
      for (const auto& field : parser.fields()) text += '\n' + field.name + ": " + field.value;
    }
    if (step.kind == Kind::part_end) {
      if (!open) fail("an end without a part");
      open = false;
      text += "\npart end";
    }
    if (step.kind == Kind::end) {
      if (open || ended) fail("an end within a part, or two");
      ended = true;
      text += "\nend";
    }
    if (step.kind == Kind::bad) text += "\nbad " + std::string(step.reason);
  }
};

bool feed(MultipartParser& parser, std::string_view piece, Record& record) {
  auto input = std::as_bytes(std::span(piece));
  for (;;) {
    const auto step = parser.next(input);
    if (step.kind == Kind::more) {
      if (!input.empty()) fail("bytes that were not consumed");
      return true;
    }
    record.add(parser, step);
    if (step.kind == Kind::bad) return false;
  }
}

std::string parse_pieces(std::string_view bytes, std::uint8_t seed) {
  MultipartParser parser(boundary, limits);
  Record record;
  convert::fuzz::InputPieces pieces(bytes, seed);
  while (!pieces.done() && feed(parser, pieces.next(), record)) {
  }
  if (!parser.finish() != record.ended && record.text.find("\nbad ") == std::string::npos) {
    fail("an end without its delimiter");
  }
  return record.text;
}

std::string parse_whole(std::string_view bytes) {
  MultipartParser parser(boundary, limits);
  Record record;
  feed(parser, bytes, record);
  return record.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = convert::fuzz::text_of(data, size);
  const std::uint8_t seed = convert::fuzz::take_byte(bytes);
  if (parse_whole(bytes) != parse_pieces(bytes, seed)) fail("events that depend on the pieces");
  const std::string content(bytes);
  if (("\r\n" + content).find("\r\n--B") != std::string::npos) return 0;
  const std::string form = "--B\r\nA: b\r\n\r\n" + content + "\r\n--B--";
  const std::string shown = content.empty() ? "" : "\ndata " + content;
  if (parse_whole(form) != "\npart\nA: b" + shown + "\npart end\nend") fail("bytes that were changed");
  return 0;
}
