// SPDX-License-Identifier: MIT
// Conversions from end to end: each file of a folder is submitted, converted in the sandbox, and recorded,
// everything flushed to the device before it is acknowledged.
#include <algorithm>
#include <array>
#include <cstdio>

#include <convert/engine.hpp>

#include "bench_support.hpp"

namespace bench {
namespace {

void submit_file(convert::Engine& engine, const std::filesystem::path& path, const std::string& format) {
  const auto bytes = must(convert::open_file(path));
  const std::array<convert::Input, 1> inputs = {{{bytes.get(), path.filename().string()}}};
  convert::JobRequest request;
  request.owner = "bench";
  request.spec.format = format;
  if (format == "mp3") request.spec.audio_bitrate = 128'000;
  must(engine.submit(std::move(request), inputs));
}

}  // namespace

void conversions(const Words& words) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(words[0])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.size() < 2) throw std::runtime_error("There are no files in " + words[0] + ".");

  const std::filesystem::path folder = words[3];
  convert::EngineOptions options;
  options.store = open_store("power", folder);
  options.storage = must(convert::disk_storage(folder / "blobs"));
  options.reuse_results = false;
  auto store = options.store;
  convert::Engine engine(std::move(options));
  must(engine.start());

  submit_file(engine, files.front(), words[2]);  // to warm up
  wait_for_succeeded(*store, 1);
  std::atomic<std::size_t> next{0};
  const auto jobs = static_cast<int>(files.size());
  const double seconds = measure_seconds([&]() {
    run_concurrently(static_cast<unsigned>(std::stoul(words[1])), jobs,
                     [&]() { submit_file(engine, files[next++], words[2]); });
    wait_for_succeeded(*store, files.size() + 1);
  });
  std::printf("{\"jobs\": %d, \"seconds\": %.6f}\n", jobs, seconds);
}

}  // namespace bench
