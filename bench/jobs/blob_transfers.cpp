// SPDX-License-Identifier: MIT

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include <convert/io.hpp>
#include <convert/storage.hpp>

#include "bench_support.hpp"

// One file to or from a Storage, as a program that copies files does it.
namespace bench {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

/// Copies in order. Returns the number of bytes.
std::uint64_t copy(convert::Reader& from, convert::Writer& to) {
  std::vector<std::byte> block(kBlock);
  std::uint64_t offset = 0;
  while (true) {
    const std::size_t count = must(from.read_at(offset, block));
    if (count == 0) break;
    must(to.write_at(offset, std::span(block).first(count)));
    offset += count;
  }
  must(to.commit());
  return offset;
}

}  // namespace

void transfer(const Words& words) {
  const auto storage = must(convert::open_storage(words[1]));
  const convert::Key& key = words[3];
  std::uint64_t bytes = 0;
  const double seconds = measure_seconds([&]() {
    if (words[0] == "up") {
      const auto file = must(convert::open_file(words[2]));
      const auto blob = must(storage->create(key));
      bytes = copy(*file, *blob);
    } else {
      const auto blob = must(storage->open(key));
      const auto file = must(convert::create_file(words[2]));
      bytes = copy(*blob, *file);
    }
  });
  std::printf("{\"bytes\": %llu, \"seconds\": %.6f}\n", static_cast<unsigned long long>(bytes), seconds);
}

}  // namespace bench
