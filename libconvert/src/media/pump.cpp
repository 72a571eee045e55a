// SPDX-License-Identifier: MIT
#include "media/pump.hpp"

#include <optional>
#include <thread>
#include <vector>

#include "media/log.hpp"
#include "media/pipe.hpp"

namespace convert::media {
namespace {

using Batch = std::vector<Frame>;

// Handing over single frames costs more than decoding them; these bounds keep a batch near 1 MiB.
constexpr int kBatchSamples = 32'768;
constexpr std::size_t kBatches = 4;

Result<Batch> read_batch(SoundReader& sound) {
  Batch batch;
  for (int samples = 0; samples < kBatchSamples; samples += batch.back()->nb_samples) {
    auto frame = sound.next();
    if (!frame) return frame.error();
    if (!*frame) break;
    batch.push_back(std::move(*frame));
  }
  return batch;
}

Result<void> drain(Batch batch, const FrameSink& sink) {
  for (Frame& frame : batch) {
    if (auto done = sink(std::move(frame)); !done) return done;
  }
  return {};
}

Result<void> pump_here(SoundReader& sound, const FrameSink& sink, const ConvertOptions& options) {
  while (true) {
    if (auto go = options.check(); !go) return go;
    auto frame = sound.next();
    if (!frame) return frame.error();
    if (!*frame) return {};
    if (auto done = sink(std::move(*frame)); !done) return done;
  }
}

/// What the reading thread does. An error waits behind the frames that were read before it.
void read_ahead(SoundReader& sound, Pipe<Result<Batch>>& pipe) {
  const QuietScope quiet;
  bool more = true;
  while (more) {
    auto batch = read_batch(sound);
    more = batch && !batch->empty();
    if (batch && batch->empty()) break;
    more = pipe.push(std::move(batch)) && more;
  }
  pipe.finish();
}

Result<void> take(Pipe<Result<Batch>>& pipe, const FrameSink& sink, const ConvertOptions& options) {
  while (auto batch = pipe.pop()) {
    if (!*batch) return batch->error();
    if (auto go = options.check(); !go) return go;
    if (auto done = drain(std::move(**batch), sink); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> pump(SoundReader& sound, const FrameSink& sink, const ConvertOptions& options,
                  bool side_by_side) {
  if (!side_by_side) return pump_here(sound, sink, options);
  Pipe<Result<Batch>> pipe(kBatches);
  std::jthread reading([&] { read_ahead(sound, pipe); });
  auto done = take(pipe, sink, options);
  pipe.close();  // lets the reading thread end if it waits for room
  return done;
}

}  // namespace convert::media
