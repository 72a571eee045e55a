// SPDX-License-Identifier: MIT
#include "support/test_files.hpp"

#include <fstream>
#include <sstream>

namespace convert::test {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  // Through the stream: of a process in /proc that ends meanwhile it reads what there is, where an iterator
  // would throw.
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace convert::test
