// SPDX-License-Identifier: MIT
// Untrusted chunked bodies: the result and the end do not depend on how the bytes are split, and the body
// survives a new encoding.
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "fuzz_support.hpp"
#include "http/message/chunk_decoder.hpp"

namespace {

using namespace convert::server::http;
using convert::fuzz::fail;
using Kind = ChunkDecoder::Kind;

struct Outcome {
  Kind last = Kind::more;
  std::string body;
  std::size_t used = 0;
};

/// Decodes one piece. False if the body has ended.
bool decode(ChunkDecoder& decoder, std::string piece, Outcome& outcome) {
  auto input = std::as_writable_bytes(std::span(piece));
  for (;;) {
    const auto expected = decoder.remaining_in_chunk();
    const std::size_t before = input.size();
    const auto step = decoder.next(input);
    outcome.last = step.kind;
    outcome.used += before - input.size();
    if (expected > 0 && before > 0 && (step.kind != Kind::data || step.data.size() > expected)) {
      fail("bytes of a chunk that are not data");
    }
    if (step.kind != Kind::data) return step.kind == Kind::more;
    if (step.data.empty()) fail("a piece without bytes");
    outcome.body.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
  }
}

Outcome decode_whole(std::string_view bytes) {
  ChunkDecoder decoder;
  Outcome outcome;
  decode(decoder, std::string(bytes), outcome);
  return outcome;
}

Outcome decode_pieces(std::string_view bytes, std::uint8_t seed) {
  ChunkDecoder decoder;
  Outcome outcome;
  convert::fuzz::InputPieces pieces(bytes, seed);
  while (!pieces.done() && decode(decoder, pieces.next(), outcome)) {
  }
  return outcome;
}

std::string encoded(const std::string& body) {
  char size[20];
  std::snprintf(size, sizeof size, "%zX\r\n", body.size());
  return body.empty() ? "0\r\n\r\n" : size + body + "\r\n0\r\n\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = convert::fuzz::text_of(data, size);
  const std::uint8_t seed = convert::fuzz::take_byte(bytes);
  const Outcome whole = decode_whole(bytes);
  const Outcome cut = decode_pieces(bytes, seed);
  if (whole.last != cut.last || whole.body != cut.body) fail("a body that depends on the pieces");
  if (whole.last != Kind::more && whole.used != cut.used) fail("an end that depends on the pieces");
  const std::string plain = encoded(whole.body);
  const Outcome again = decode_whole(plain);
  if (again.last != Kind::end || again.body != whole.body || again.used != plain.size()) fail("another body");
  return 0;
}
