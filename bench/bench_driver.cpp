// SPDX-License-Identifier: MIT
// Runs the library in one long-lived process, as an embedder or a worker does. Reads jobs from the standard
// input, one a line, with tabs between the words:
//   probe FILE
//   convert THREADS INPUT OUTPUT [KEY=VALUE...]
// Prints one line for each job: "ok SECONDS PEAK_KIB", or "error MESSAGE".
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <convert/convert.hpp>

namespace {

using Words = std::vector<std::string>;
using convert::Errc;
using convert::Error;
using convert::Result;

Words split(const std::string& line) {
  Words words;
  std::istringstream stream(line);
  for (std::string word; std::getline(stream, word, '\t');) words.push_back(word);
  return words;
}

/// Resets the peak memory of this process.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

Result<void> probe(const convert::Library& library, const std::string& name) {
  auto reader = convert::open_file(name);
  if (!reader) return reader.error();
  auto info = library.probe({reader->get(), name});
  if (!info) return info.error();
  return {};
}

Result<void> convert_file(const convert::Library& library, const Words& words) {
  auto spec = convert::parse_options(std::span(words).subspan(4));
  if (!spec) return spec.error();
  convert::ConvertOptions options;
  options.threads = static_cast<unsigned>(std::stoul(words[1]));
  auto report = library.convert_file(words[2], words[3], *spec, options);
  if (!report) return report.error();
  return {};
}

Result<void> run(const convert::Library& library, const Words& words) {
  if (words.size() == 2 && words[0] == "probe") return probe(library, words[1]);
  if (words.size() >= 4 && words[0] == "convert") return convert_file(library, words);
  return Error{Errc::invalid_argument, "Invalid job. See the start of bench/bench_driver.cpp."};
}

}  // namespace

int main() {
  const convert::Library library;
  for (std::string line; std::getline(std::cin, line);) {
    const auto words = split(line);
    reset_peak();
    const auto start = std::chrono::steady_clock::now();
    const auto done = run(library, words);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (done) {
      std::printf("ok %.9f %ld\n", took.count(), peak_kib());
    } else {
      std::printf("error %s\n", done.error().message.c_str());
    }
    std::fflush(stdout);
  }
}
