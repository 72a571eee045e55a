// SPDX-License-Identifier: MIT
// Measures jobs for bench/compare:
//   bench_jobs engine STORE JOBS SUBMITTERS FOLDER [ENGINES]
//                                                       empty jobs through an Engine, or several on one store
//   bench_jobs latency STORE JOBS FOLDER                from the submission of an empty job to its start
//   bench_jobs store STORE JOBS SUBMITTERS FOLDER       the same on the JobStore alone
//   bench_jobs claim STORE QUEUED FOLDER                one claim among QUEUED jobs
//   bench_jobs convert INPUTS SUBMITTERS FORMAT FOLDER [STORE STORAGE]
//                                                       each file of the folder INPUTS, sandboxed and flushed
//   bench_jobs transfer up|down STORAGE FILE KEY        one file to or from a storage
//   bench_jobs sandbox FILE RUNS FOLDER                 the cost of the sandbox
// STORE is memory, process, power or a URI, STORAGE a URI; FOLDER holds temporary files. Each prints one line
// of JSON.
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "bench_support.hpp"

namespace {

struct Mode {
  std::size_t words;
  std::size_t optional;
  void (*run)(const bench::Words&);
};

const std::map<std::string, Mode>& modes() {
  static const std::map<std::string, Mode> table = {
      {"engine", {4, 1, bench::engine_jobs}},    {"store", {4, 0, bench::store_jobs}},
      {"latency", {3, 0, bench::start_latency}}, {"claim", {3, 0, bench::claims}},
      {"convert", {4, 2, bench::conversions}},   {"transfer", {4, 0, bench::transfer}},
      {"sandbox", {3, 0, bench::sandbox}}};
  return table;
}

}  // namespace

int main(int count, char** arguments) {
  bench::Words words(arguments + 1, arguments + count);
  const auto mode = words.empty() ? modes().end() : modes().find(words.front());
  const std::size_t given = words.size() - (words.empty() ? 0 : 1);
  if (mode == modes().end() || given < mode->second.words ||
      given > mode->second.words + mode->second.optional) {
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
