// SPDX-License-Identifier: MIT
#include "media/pump.hpp"

#include <exception>
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
void read_all(SoundReader& sound, Pipe<Result<Batch>>& pipe) {
  const QuietScope quiet;
  bool more = true;
  while (more) {
    auto batch = read_batch(sound);
    more = batch && !batch->empty();
    if (batch && batch->empty()) break;
    more = pipe.push(std::move(batch)) && more;
  }
}

/// An exception must not end the process: `thrown` takes it to the caller's thread.
void read_ahead(SoundReader& sound, Pipe<Result<Batch>>& pipe, std::exception_ptr& thrown) noexcept {
  try {
    read_all(sound, pipe);
  } catch (...) {
    thrown = std::current_exception();
  }
  pipe.finish();
}

/// Lets the reading thread end, if it waits for room, before it is waited for.
class ClosesPipe {
 public:
  explicit ClosesPipe(Pipe<Result<Batch>>& pipe) : pipe_(pipe) {}
  ~ClosesPipe() { pipe_.close(); }
  ClosesPipe(const ClosesPipe&) = delete;
  ClosesPipe& operator=(const ClosesPipe&) = delete;

 private:
  Pipe<Result<Batch>>& pipe_;
};

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
  std::exception_ptr thrown;
  auto done = [&] {
    const std::jthread reading([&] { read_ahead(sound, pipe, thrown); });
    const ClosesPipe closes(pipe);
    return take(pipe, sink, options);
  }();
  if (thrown) std::rethrow_exception(thrown);
  return done;
}

}  // namespace convert::media
