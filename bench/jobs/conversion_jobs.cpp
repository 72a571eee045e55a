// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <optional>
#include <string>

#include <convert/engine.hpp>

#include "bench_support.hpp"

// Conversions run end to end: each file of a folder is submitted, converted in the sandbox and recorded, and
// every write is flushed.
namespace bench {
namespace {

void submit_file(convert::Engine& engine, const std::filesystem::path& path, const std::string& format) {
  const auto bytes = must(convert::open_file(path));
  const std::array<convert::Input, 1> inputs = {{{bytes.get(), path.filename().string()}}};
  convert::JobRequest request;
  request.owner = "bench";
  request.spec.format = format;
  if (format == "mp3") request.spec.audio_bitrate = 128'000;
  if (format == "opus") request.spec.audio_bitrate = 96'000;
  must(engine.submit(std::move(request), inputs));
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.size() < 2) throw std::runtime_error("There are no files in " + folder.string() + ".");
  return files;
}

}  // namespace

void conversions(const Words& words) {
  const auto files = files_of(words[0]);
  const std::filesystem::path folder = words[3];
  const bool remote = words.size() == 6;
  const std::string store = remote ? words[4] : "power";
  convert::EngineOptions options;
  options.store = open_store(store, folder);
  options.queue = open_queue(store);
  options.storage =
      remote ? must(convert::open_storage(words[5])) : must(convert::disk_storage(folder / "blobs"));
  options.temporary_folder = folder;
  options.reuse_results = false;
  const auto records = options.store;
  auto engine = std::make_optional<convert::Engine>(std::move(options));
  must(engine->start());

  SucceededJobs succeeded(*records);
  submit_file(*engine, files.front(), words[2]);  // to warm up
  succeeded.wait_for(1);
  const double processor_before = processor_seconds();
  std::atomic<std::size_t> next{0};
  const auto jobs = static_cast<int>(files.size());
  const double seconds = measure_seconds([&]() {
    run_concurrently(static_cast<unsigned>(std::stoul(words[1])), jobs,
                     [&]() { submit_file(*engine, files[next++], words[2]); });
    succeeded.wait_for(files.size() + 1);
  });
  engine.reset();  // its workers count now that they have ended
  std::printf("{\"jobs\": %d, \"seconds\": %.6f, \"processor_seconds\": %.6f}\n", jobs, seconds,
              processor_seconds() - processor_before);
}

}  // namespace bench
