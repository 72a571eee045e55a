// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include <convert/engine.hpp>

#include "bench_support.hpp"

// Jobs through an Engine. Empty jobs measure the engine and its store: blobs are in memory and the execution
// does nothing. Conversions run end to end: each file of a folder is submitted, converted in the sandbox and
// recorded, and every write is flushed.
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

constexpr unsigned kSlots = 8;  // as the peers

constexpr std::array<std::string_view, 1> kExtensions = {"nothing"};
constexpr convert::Format kNothing = {.name = "nothing",
                                      .title = "Nothing",
                                      .extensions = kExtensions,
                                      .mime_type = "application/x-nothing",
                                      .readable = true,
                                      .writable = true,
                                      .codecs = {},
                                      .options = {},
                                      .capabilities = {},
                                      .forward_only_missing = {}};

/// Completes at once, and counts.
class NullExecution : public convert::Execution {
 public:
  std::span<const convert::Format> formats() const noexcept override { return {&kNothing, 1}; }
  convert::Result<convert::MediaInfo> probe(const convert::Input&,
                                            const convert::ConvertOptions&) const override {
    return convert::MediaInfo{};
  }
  convert::Result<convert::Plan> plan(std::span<const convert::Input>, const convert::OutputSpec&,
                                      const convert::ConvertOptions&) const override {
    return convert::Plan{};
  }
  convert::Result<convert::Report> convert(std::span<const convert::Input>, convert::Outputs&,
                                           const convert::OutputSpec&,
                                           const convert::ConvertOptions&) const override {
    ++done_;
    return convert::Report{};
  }

  int done() const { return done_; }

 private:
  mutable std::atomic<int> done_{0};
};

void submit_one(convert::Engine& engine) {
  const auto bytes = convert::memory_reader(std::span<const std::byte>{});
  const std::array<convert::Input, 1> inputs = {{{bytes.get(), "empty.wav"}}};
  convert::JobRequest request;
  request.owner = "bench";
  request.spec.format = "nothing";
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

void engine_jobs(const Words& words) {
  const int jobs = std::stoi(words[1]);
  const auto submitters = static_cast<unsigned>(std::stoul(words[2]));
  convert::EngineOptions options;
  options.store = open_store(words[0], words[3]);
  const auto execution = std::make_shared<NullExecution>();
  options.execution = execution;
  options.max_running_jobs = kSlots;
  options.reuse_results = false;
  auto store = options.store;
  convert::Engine engine(std::move(options));
  must(engine.start());

  int all = 0;
  const auto round = [&](int count) {
    all += count;
    run_concurrently(submitters, count, [&]() { submit_one(engine); });
    wait_until([&]() { return execution->done() >= all; });  // polling the store would cost time
    wait_for_succeeded(*store, static_cast<std::uint64_t>(all));
  };
  round(std::max(1, jobs / 5));
  const double seconds = measure_seconds([&]() { round(jobs); });
  std::printf("{\"jobs\": %d, \"seconds\": %.6f}\n", jobs, seconds);
}

}  // namespace bench
