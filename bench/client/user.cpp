// SPDX-License-Identifier: MIT
#include "user.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace bench {
namespace {

const std::string kBoundary = "bench-load-boundary";

/// ID3v2.3: a header of 10 bytes and one TXXX frame, both with sizes as id3.org's document has them.
std::string id3_tag(std::uint64_t number) {
  const auto text = fmt::format("{}bench{}{:016x}", '\0', '\0', number);  // Latin-1, name, value
  const auto size = static_cast<char>(text.size());
  const std::string frame = std::string("TXXX\0\0\0", 7) + size + std::string(2, '\0') + text;
  return std::string("ID3\3\0\0\0\0\0", 9) + static_cast<char>(frame.size()) + frame;
}

}  // namespace

UploadFile::UploadFile(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  bytes_.assign(std::istreambuf_iterator<char>(stream), {});
  if (bytes_.empty()) throw std::runtime_error("There is nothing to read in " + file.string() + ".");
}

std::string UploadFile::body_prefix(const std::string& format) {
  return fmt::format(
             "--{0}\r\nContent-Disposition: form-data; name=\"newFormat\"\r\n\r\n{1}\r\n"
             "--{0}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"song.mp3\"\r\n"
             "Content-Type: audio/mpeg\r\n\r\n",
             kBoundary, format) +
         id3_tag(random_());
}

std::string UploadFile::body_suffix() { return "\r\n--" + kBoundary + "--\r\n"; }

std::string UploadFile::content_type() { return "multipart/form-data; boundary=" + kBoundary; }

}  // namespace bench
