// SPDX-License-Identifier: MIT
// What a probe costs: the file opened, recognised, described and closed.
#include <string>

#include "bench_media.hpp"

namespace {

void probe(benchmark::State& state, const std::string& name) {
  const auto path = bench::media(name);
  if (!bench::available(state, path)) return;
  const convert::Library library;
  for (auto _ : state) {
    auto reader = convert::open_file(path);
    if (!reader) return bench::fail(state, reader.error());
    auto info = library.probe({reader->get(), name});
    if (!info) return bench::fail(state, info.error());
    benchmark::DoNotOptimize(*info);
  }
}

BENCHMARK_CAPTURE(probe, wav, "song.wav")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, mp3, "song.mp3")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, m4a, "song.m4a")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, flac, "song.flac")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, ogg, "song.ogg")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, opus, "song.opus")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, mp4, "clip.mp4")->Unit(benchmark::kMicrosecond);

}  // namespace
