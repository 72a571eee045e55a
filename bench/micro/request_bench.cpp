// SPDX-License-Identifier: MIT
// The steps of every request: probe a file; parse, validate and serialize a spec.
#include <string>
#include <string_view>
#include <vector>

#include "bench_media.hpp"

namespace {

const std::vector<std::string> kWords = {"format=mp3",      "bitrate=192k",   "sample_rate=44100",
                                         "channels=stereo", "start=1:02.5",   "end=2:00",
                                         "volume=-6dB",     "tags.title=Song"};
constexpr std::string_view kJson = R"({"format":"mp3","bitrate":192000,"sample_rate":44100,"channels":2,)"
                                   R"("start":"1:02.5","end":120,"volume":"-6dB","tags":{"title":"Song"}})";

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

void spec_from_words(benchmark::State& state) {
  for (auto _ : state) {
    auto spec = convert::parse_options(kWords);
    if (!spec) return bench::fail(state, spec.error());
    benchmark::DoNotOptimize(*spec);
  }
}

void spec_from_json(benchmark::State& state) {
  for (auto _ : state) {
    auto spec = convert::parse_spec(kJson);
    if (!spec) return bench::fail(state, spec.error());
    benchmark::DoNotOptimize(*spec);
  }
}

void spec_to_json(benchmark::State& state) {
  const auto spec = bench::spec_of(kWords);
  for (auto _ : state) {
    auto text = convert::to_json(spec);
    benchmark::DoNotOptimize(text);
  }
}

void spec_validate(benchmark::State& state) {
  const convert::Library library;
  const auto spec = bench::spec_of(kWords);
  const auto* format = library.find_format("mp3");
  for (auto _ : state) {
    auto valid = convert::validate(spec, *format);
    if (!valid) return bench::fail(state, valid.error());
  }
}

BENCHMARK_CAPTURE(probe, wav, "song.wav")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, mp3, "song.mp3")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, m4a, "song.m4a")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, flac, "song.flac")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, ogg, "song.ogg")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, opus, "song.opus")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(probe, mp4, "clip.mp4")->Unit(benchmark::kMicrosecond);
BENCHMARK(spec_from_words);
BENCHMARK(spec_from_json);
BENCHMARK(spec_to_json);
BENCHMARK(spec_validate);

}  // namespace
