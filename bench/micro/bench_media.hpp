// SPDX-License-Identifier: MIT
#pragma once

#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <vector>

#include <convert/convert.hpp>

namespace bench {

/// A file that media.sh makes. CONVERT_BENCH_MEDIA in the environment names another folder.
std::filesystem::path media(const std::string& name);

/// A place for a benchmark's output.
std::filesystem::path scratch(const std::string& name);

/// Tells Google Benchmark to go on without this one, unless `path` exists.
bool available(benchmark::State& state, const std::filesystem::path& path);

/// Bytes of a file.
std::vector<std::byte> read_all(const std::filesystem::path& path);

/// Says why a call failed, and ends the benchmark.
void fail(benchmark::State& state, const convert::Error& error);

/// A spec of `key=value` words that are known to be right.
convert::OutputSpec spec_of(const std::vector<std::string>& words);

}  // namespace bench
