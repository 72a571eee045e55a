// SPDX-License-Identifier: MIT
#include "bench_media.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace bench {

std::filesystem::path media(const std::string& name) {
  const char* folder = std::getenv("CONVERT_BENCH_MEDIA");
  return std::filesystem::path(folder != nullptr ? folder : CONVERT_BENCH_MEDIA) / name;
}

std::filesystem::path scratch(const std::string& name) { return media("out") / name; }

bool available(benchmark::State& state, const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) return true;
  state.SkipWithError((path.string() + " is missing: sh bench/media.sh makes it").c_str());
  return false;
}

std::vector<std::byte> read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::byte> bytes(std::filesystem::file_size(path));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void fail(benchmark::State& state, const convert::Error& error) {
  state.SkipWithError(error.message.c_str());
}

convert::OutputSpec spec_of(const std::vector<std::string>& words) {
  return convert::parse_options(words).value();
}

}  // namespace bench
