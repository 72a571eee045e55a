// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <convert/io.hpp>

namespace convert::test {

/// Reads everything from offset 0, `block` bytes at a time.
inline Result<std::string> read_to_end(Reader& reader, std::size_t block = 3) {
  std::string all;
  std::vector<std::byte> buffer(block);
  for (;;) {
    auto count = reader.read_at(all.size(), buffer);
    if (!count) return count.error();
    if (*count == 0) return all;
    all.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
}

}  // namespace convert::test
