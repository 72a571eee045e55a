// SPDX-License-Identifier: MIT
// Untrusted file names: the cleaned name is harmless, is not changed by cleaning it again, and does not split
// a header.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "fuzz_support.hpp"
#include "http/message/content_disposition.hpp"
#include "http/message/file_name.hpp"

namespace {

using namespace convert::server::http;
using convert::fuzz::fail;

void check_header(const std::string& name) {
  const std::string header = content_disposition(true, name);
  for (const char byte : header) {
    if (static_cast<unsigned char>(byte) < 0x20 || static_cast<unsigned char>(byte) > 0x7E)
      fail("a header that is not ASCII");
  }
  const auto again = parse_disposition(header);
  if (!again || again->type != "attachment" || again->filename != name) fail("a name that a header changes");
}

void check_name(std::string_view text) {
  const auto name = sanitize_file_name(text);
  if (!name) return convert::fuzz::check_refusal(name.error());
  if (name->empty() || name->size() > 255 || !convert::base::is_utf8(*name)) fail("an invalid name");
  if (name->find_first_of("/\\:") != name->npos || *name == "." || *name == "..") fail("a path");
  for (const char byte : *name) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) fail("a control character");
  }
  const auto again = sanitize_file_name(*name);
  if (!again || *again != *name) fail("a name that is changed by cleaning it again");
  check_header(*name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = convert::fuzz::text_of(data, size);
  check_name(text);
  const auto disposition = parse_disposition(text);
  if (!disposition) return 0;
  if (disposition->name && !convert::base::is_utf8(*disposition->name)) fail("a field that is not UTF-8");
  if (!disposition->filename) return 0;
  if (!convert::base::is_utf8(*disposition->filename)) fail("a file that is not UTF-8");
  check_name(*disposition->filename);
  return 0;
}
