// SPDX-License-Identifier: MIT
// Measures jobs for bench/compare:
//   bench_jobs engine STORE JOBS SUBMITTERS FOLDER      empty jobs through an Engine
//   bench_jobs store STORE JOBS SUBMITTERS FOLDER       the same on the JobStore alone
//   bench_jobs claim STORE QUEUED FOLDER                one claim among QUEUED jobs
//   bench_jobs convert INPUTS SUBMITTERS FORMAT FOLDER  each file of the folder INPUTS, sandboxed and flushed
//   bench_jobs sandbox FILE RUNS FOLDER                 the cost of the sandbox
// STORE is memory, process or power; FOLDER holds temporary files. Each prints one line of JSON.
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "bench_support.hpp"

namespace {

struct Mode {
  std::size_t words;
  void (*run)(const bench::Words&);
};

const std::map<std::string, Mode>& modes() {
  static const std::map<std::string, Mode> table = {{"engine", {4, bench::engine_jobs}},
                                                    {"store", {4, bench::store_jobs}},
                                                    {"claim", {3, bench::claims}},
                                                    {"convert", {4, bench::conversions}},
                                                    {"sandbox", {3, bench::sandbox}}};
  return table;
}

}  // namespace

int main(int count, char** arguments) {
  bench::Words words(arguments + 1, arguments + count);
  const auto mode = words.empty() ? modes().end() : modes().find(words.front());
  if (mode == modes().end() || words.size() != mode->second.words + 1) {
    std::fputs("usage: bench_jobs MODE WORD...; see the start of bench/jobs/main.cpp\n", stderr);
    return 2;
  }
  words.erase(words.begin());
  try {
    mode->second.run(words);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "bench_jobs: %s\n", exception.what());
    return 1;
  }
  return 0;
}
