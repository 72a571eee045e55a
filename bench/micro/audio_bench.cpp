// SPDX-License-Identifier: MIT
// Audio: one second, three minutes, and the audio of a video copied without encoding.
#include <memory>
#include <string>
#include <vector>

#include "bench_media.hpp"

namespace {

using Words = std::vector<std::string>;

convert::ConvertOptions with_threads(unsigned threads) {
  convert::ConvertOptions options;
  options.threads = threads;
  return options;
}

/// From file to file. The argument is the number of threads; 0: the default of the Library.
void to_file(benchmark::State& state, const std::string& input, const std::string& output,
             const Words& words) {
  const auto path = bench::media(input);
  if (!bench::available(state, path)) return;
  const convert::Library library;
  const auto spec = bench::spec_of(words);
  const auto options = with_threads(static_cast<unsigned>(state.range(0)));
  for (auto _ : state) {
    auto report = library.convert_file(path, bench::scratch(output), spec, options);
    if (!report) return bench::fail(state, report.error());
  }
}

/// From memory to memory, without a file system.
void in_memory(benchmark::State& state, const std::string& input, const Words& words) {
  const auto path = bench::media(input);
  if (!bench::available(state, path)) return;
  const convert::Library library;
  const auto spec = bench::spec_of(words);
  const auto options = with_threads(static_cast<unsigned>(state.range(0)));
  const auto bytes = bench::read_all(path);
  for (auto _ : state) {
    std::vector<std::byte> result;
    const auto reader = convert::memory_reader(bytes);
    const auto outputs = convert::single_output(convert::memory_writer(result));
    const convert::Input source{reader.get(), input};
    auto report = library.convert({&source, 1}, *outputs, spec, options);
    if (!report) return bench::fail(state, report.error());
    benchmark::DoNotOptimize(result.data());
  }
}

void threads(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(1)->Arg(0)->ArgName("threads")->Unit(benchmark::kMillisecond)->UseRealTime();
}

const Words kMp3 = {"format=mp3", "bitrate=128k"};
const Words kFlac = {"format=flac", "level=5"};
const Words kWav = {"format=wav"};

BENCHMARK_CAPTURE(in_memory, second_wav_to_mp3, "second.wav", kMp3)->Apply(threads);
BENCHMARK_CAPTURE(in_memory, second_wav_to_flac, "second.wav", kFlac)->Apply(threads);
BENCHMARK_CAPTURE(to_file, second_wav_to_mp3, "second.wav", "second.mp3", kMp3)->Apply(threads);
BENCHMARK_CAPTURE(to_file, second_wav_to_flac, "second.wav", "second.flac", kFlac)->Apply(threads);

BENCHMARK_CAPTURE(to_file, song_mp3_to_wav, "song.mp3", "song.wav", kWav)->Apply(threads);
BENCHMARK_CAPTURE(in_memory, song_mp3_to_wav, "song.mp3", kWav)->Apply(threads);

BENCHMARK_CAPTURE(to_file, song_wav_to_mp3, "song.wav", "song.mp3", kMp3)->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_aac, "song.wav", "song.aac", Words{"format=aac", "bitrate=128k"})
    ->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_m4a, "song.wav", "song.m4a", Words{"format=m4a", "bitrate=128k"})
    ->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_alac, "song.wav", "alac.m4a", Words{"format=m4a", "codec=alac"})
    ->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_ogg, "song.wav", "song.ogg", Words{"format=ogg", "bitrate=128k"})
    ->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_opus, "song.wav", "song.opus", Words{"format=opus", "bitrate=96k"})
    ->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_flac, "song.wav", "song.flac", kFlac)->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_flac_loudness, "song.wav", "song.flac",
                  Words{"format=flac", "level=5", "loudness=-16"})
    ->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_wav, "song.wav", "song.wav", kWav)->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_aiff, "song.wav", "song.aiff", Words{"format=aiff"})->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_wma, "song.wav", "song.wma", Words{"format=wma", "bitrate=128k"})
    ->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_ac3, "song.wav", "song.ac3", Words{"format=ac3", "bitrate=192k"})
    ->Apply(threads);
BENCHMARK_CAPTURE(to_file, song_wav_to_mka, "song.wav", "song.mka",
                  Words{"format=mka", "codec=opus", "bitrate=96k"})
    ->Apply(threads);

BENCHMARK_CAPTURE(to_file, aac_out_of_mp4, "clip.mp4", "clip.m4a", Words{"format=m4a"})->Apply(threads);
BENCHMARK_CAPTURE(in_memory, aac_out_of_mp4, "clip.mp4", Words{"format=m4a"})->Apply(threads);

}  // namespace
