// SPDX-License-Identifier: MIT
#pragma once

#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <vector>

#include <convert/convert.hpp>

namespace bench {

/// A file that media.sh creates. The environment variable CONVERT_BENCH_MEDIA selects another folder.
std::filesystem::path media(const std::string& name);

/// A path for the output of a benchmark.
std::filesystem::path scratch(const std::string& name);

/// Skips the benchmark unless `path` exists.
bool available(benchmark::State& state, const std::filesystem::path& path);

/// The contents of a file.
std::vector<std::byte> read_all(const std::filesystem::path& path);

/// Ends the benchmark with the message of `error`.
void fail(benchmark::State& state, const convert::Error& error);

/// Parses valid `key=value` words.
convert::OutputSpec spec_of(const std::vector<std::string>& words);

}  // namespace bench
