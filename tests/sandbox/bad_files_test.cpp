// SPDX-License-Identifier: MIT
// Randomly damaged files of every readable format: every call returns a result or an error with a message,
// and this process is not affected.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include "sandbox/sandbox_fixtures.hpp"
#include "support/processes.hpp"

namespace convert::test {
namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

/// Damages a file in one place.
void damage_once(std::string& bytes, Random& random) {
  if (bytes.empty()) return;
  const std::size_t at =
      below(random, below(random, 2) == 0 ? std::min<std::size_t>(bytes.size(), 256) : bytes.size());
  const std::size_t length = 1 + below(random, std::min<std::size_t>(bytes.size() - at, 64));
  switch (below(random, 7)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(random, 8)));
      break;
    case 1:
      bytes[at] = static_cast<char>(below(random, 256));
      break;
    case 2:
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), length,
                  below(random, 2) == 0 ? '\0' : '\xFF');
      break;
    case 3:
      bytes.erase(at, length);
      break;
    case 4:
      bytes.insert(at, bytes.substr(below(random, bytes.size()), length));
      break;
    case 5:
      bytes.resize(at);
      break;
    default:
      for (std::size_t i = at; i < at + length; ++i) bytes[i] = static_cast<char>(below(random, 256));
  }
}

std::string damaged(std::string bytes, Random& random) {
  for (std::size_t times = 1 + below(random, 8); times > 0; --times) damage_once(bytes, random);
  return bytes;
}

/// A valid file of each format that this build writes.
std::vector<std::pair<std::string, std::string>> good_files() {
  const Library library;
  const MemoryInput audio(wav(0.4));
  const MemoryInput words(wav(0.02), "audio.wav");
  std::vector<std::pair<std::string, std::string>> files;
  for (const Format& format : library.formats()) {
    if (!format.writable || format.name == "raw") continue;
    const MemoryInput& source = format.family == Family::archive ? words : audio;
    StringOutputs outputs;
    OutputSpec spec = spec_for(std::string(format.name));
    if (format.family != Family::archive) spec.tags = {{"title", "A song"}, {"artist", "An artist"}};
    auto report = library.convert(std::span(&source.input, 1), outputs, spec);
    if (!report)
      report = library.convert(std::span(&source.input, 1), outputs, spec_for(std::string(format.name)));
    EXPECT_TRUE(report) << format.name << ": " << report.error().message;
    if (report) files.emplace_back(format.name, outputs.made.begin()->second);
  }
  return files;
}

std::uint64_t random_seed() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before there are threads
  if (const char* given = std::getenv("CONVERT_TEST_SEED")) return std::stoull(given);
  return std::random_device()();
}

std::size_t how_many() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before there are threads
  return std::getenv("CONVERT_TEST_FULL") != nullptr ? 2100 : 150;
}

/// Counts how calls ended.
struct Tally {
  std::mutex mutex;
  std::map<std::string, int> ends;
  void count(const std::string& end) {
    const std::lock_guard lock(mutex);
    ++ends[end];
  }
};

/// Probes and converts one damaged file.
void try_file(const Execution& execution, const std::string& name, const std::string& content, Tally& tally) {
  MemoryInput source(content, "file." + name);
  ConvertOptions options;
  options.limits.emplace();
  options.limits->wall_time = std::chrono::seconds(30);
  options.limits->output_bytes = std::uint64_t{64} << 20;
  options.threads = 1;
  const auto check = [&](const char* call, const auto& result) {
    tally.count(std::string(call) + ": " + (result ? "done" : std::string(to_string(result.error().code))));
    if (result) return;
    EXPECT_GT(result.error().message.size(), 15U) << name;
    EXPECT_NE(result.error().code, Errc::internal) << name << ": " << result.error().message;
  };
  check("probe", execution.probe(source.input, options));
  const bool archive = name.find("zip") != std::string::npos || name.find("tar") != std::string::npos ||
                       name == "7z" || name == "gz" || name == "bz2" || name == "xz" || name == "zst";
  StringOutputs outputs;
  const auto report =
      execution.convert(std::span(&source.input, 1), outputs, spec_for(archive ? "tar" : "wav"), options);
  check("convert", report);
  EXPECT_EQ(report.has_value(), !outputs.made.empty());
}

TEST(BadFiles, EachEndsWithAResultOrASentence) {
  const auto seed = random_seed();
  std::cout << "CONVERT_TEST_SEED=" << seed << '\n';
  const auto files = good_files();
  ASSERT_GT(files.size(), 10U);
  SandboxOptions options;
  options.limits.stall_timeout = std::chrono::seconds(20);
  const auto execution = sandbox(options);
  const std::size_t count = how_many();
  Tally tally;
  for (std::size_t i = 0; i < files.size(); ++i) {  // warms this process up and checks the files
    MemoryInput source(files[i].second, "file." + files[i].first);
    EXPECT_TRUE(execution->probe(source.input)) << files[i].first;
  }
  const std::size_t memory = resident_memory();
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 2; ++caller) {
    callers.emplace_back([&] {
      for (std::size_t i = next++; i < count; i = next++) {
        Random random(seed + i);
        const auto& [name, content] = files[i % files.size()];
        try_file(*execution, name, damaged(content, random), tally);
      }
    });
  }
  callers.clear();
  for (const auto& [end, times] : tally.ends) std::cout << end << ": " << times << '\n';
  const auto statistics = execution->statistics();
  std::cout << "served " << statistics.served << ", crashed " << statistics.crashed << ", killed "
            << statistics.killed << "; resident memory " << memory << " -> " << resident_memory() << " KiB\n";
  EXPECT_EQ(statistics.busy, 0U);
#ifndef CONVERT_SANITIZED
  EXPECT_LT(resident_memory(), memory + 64 * 1024);
#endif
  MemoryInput good(wav(0.2));
  StringOutputs outputs;
  EXPECT_TRUE(execution->convert(std::span(&good.input, 1), outputs, spec_for("flac")));
}

}  // namespace
}  // namespace convert::test
