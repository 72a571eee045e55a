// SPDX-License-Identifier: MIT
// Packs a folder into each archive format, and converts one archive into another.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "bench_media.hpp"

namespace {

struct Folder {
  std::vector<std::unique_ptr<convert::Reader>> readers;
  std::vector<convert::Input> inputs;
  std::int64_t bytes = 0;
};

std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

convert::Result<Folder> open(const std::vector<std::filesystem::path>& files) {
  Folder folder;
  for (const auto& file : files) {
    auto reader = convert::open_file(file);
    if (!reader) return reader.error();
    folder.bytes += static_cast<std::int64_t>((*reader)->size().value_or(0));
    folder.inputs.push_back({reader->get(), file.filename().string()});
    folder.readers.push_back(std::move(reader).value());
  }
  return folder;
}

/// The argument is the compression level.
void pack(benchmark::State& state, const std::string& format) {
  const auto path = bench::media("files");
  if (!bench::available(state, path)) return;
  const convert::Library library;
  const auto files = files_below(path);
  convert::OutputSpec spec;
  spec.format = format;
  spec.level = static_cast<int>(state.range(0));
  std::int64_t bytes = 0;
  for (auto _ : state) {
    auto folder = open(files);
    if (!folder) return bench::fail(state, folder.error());
    const auto outputs = convert::file_output(bench::scratch("files." + format));
    auto report = library.convert(folder->inputs, *outputs, spec);
    if (!report) return bench::fail(state, report.error());
    bytes += folder->bytes;
  }
  state.SetBytesProcessed(bytes);
}

void unpack_and_pack(benchmark::State& state) {
  const auto folder = bench::media("files");
  if (!bench::available(state, folder)) return;
  const convert::Library library;
  const auto opened = open(files_below(folder));
  if (!opened) return bench::fail(state, opened.error());
  const auto outputs = convert::file_output(bench::scratch("before.zip"));
  if (auto made = library.convert(opened->inputs, *outputs, bench::spec_of({"format=zip", "level=6"})); !made)
    return bench::fail(state, made.error());
  const auto spec = bench::spec_of({"format=tar.zst", "level=3"});
  for (auto _ : state) {
    auto report = library.convert_file(bench::scratch("before.zip"), bench::scratch("after.tar.zst"), spec);
    if (!report) return bench::fail(state, report.error());
  }
}

void level(benchmark::internal::Benchmark* benchmark, int level) {
  benchmark->Arg(level)->ArgName("level")->Unit(benchmark::kMillisecond)->UseRealTime();
}
void level3(benchmark::internal::Benchmark* benchmark) { level(benchmark, 3); }
void level5(benchmark::internal::Benchmark* benchmark) { level(benchmark, 5); }
void level6(benchmark::internal::Benchmark* benchmark) { level(benchmark, 6); }

BENCHMARK_CAPTURE(pack, zip, "zip")->Apply(level6);
BENCHMARK_CAPTURE(pack, 7z, "7z")->Apply(level5);
BENCHMARK_CAPTURE(pack, tar_gz, "tar.gz")->Apply(level6);
BENCHMARK_CAPTURE(pack, tar_zst, "tar.zst")->Apply(level3);
BENCHMARK(unpack_and_pack)->Name("zip_to_tar_zst")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
