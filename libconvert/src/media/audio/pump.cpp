// SPDX-License-Identifier: MIT
#include "media/audio/pump.hpp"

#include <exception>
#include <optional>
#include <thread>
#include <vector>

#include "media/ffmpeg/ffmpeg_log.hpp"
#include "media/bounded_queue.hpp"

namespace convert::media {
namespace {

using Batch = std::vector<Frame>;

// Handing over single frames costs more than decoding them; these bounds keep a batch near 1 MiB.
constexpr int kBatchSamples = 32'768;
constexpr std::size_t kMaxQueuedBatches = 4;

Result<Batch> read_batch(AudioDecoder& decoder) {
  Batch batch;
  for (int samples = 0; samples < kBatchSamples; samples += batch.back()->nb_samples) {
    auto frame = decoder.next();
    if (!frame) return frame.error();
    if (!*frame) break;
    batch.push_back(std::move(*frame));
  }
  return batch;
}

Result<void> send_batch(Batch batch, const FrameSink& sink) {
  for (Frame& frame : batch) {
    if (auto done = sink(std::move(frame)); !done) return done;
  }
  return {};
}

Result<void> decode_in_this_thread(AudioDecoder& decoder, const FrameSink& sink,
                                   const ConvertOptions& options) {
  while (true) {
    if (auto checked = options.check_cancellation(); !checked) return checked;
    auto frame = decoder.next();
    if (!frame) return frame.error();
    if (!*frame) return {};
    if (auto done = sink(std::move(*frame)); !done) return done;
  }
}

/// What the reading thread does. An error waits behind the frames that were read before it.
void decode_into_queue(AudioDecoder& decoder, BoundedQueue<Result<Batch>>& queue) {
  const LogSilencer silencer;
  bool more = true;
  while (more) {
    auto batch = read_batch(decoder);
    more = batch && !batch->empty();
    if (batch && batch->empty()) break;
    more = queue.push(std::move(batch)) && more;
  }
}

/// An exception must not end the process: `thrown` takes it to the caller's thread.
void decode_in_thread(AudioDecoder& decoder, BoundedQueue<Result<Batch>>& queue,
                      std::exception_ptr& thrown) noexcept {
  try {
    decode_into_queue(decoder, queue);
  } catch (...) {
    thrown = std::current_exception();
  }
  queue.finish();
}

/// Lets the reading thread end, if it waits for room, before it is waited for.
class QueueCloser {
 public:
  explicit QueueCloser(BoundedQueue<Result<Batch>>& queue) : queue_(queue) {}
  ~QueueCloser() { queue_.close(); }
  QueueCloser(const QueueCloser&) = delete;
  QueueCloser& operator=(const QueueCloser&) = delete;

 private:
  BoundedQueue<Result<Batch>>& queue_;
};

Result<void> consume_queue(BoundedQueue<Result<Batch>>& queue, const FrameSink& sink,
                           const ConvertOptions& options) {
  while (auto batch = queue.pop()) {
    if (!*batch) return batch->error();
    if (auto checked = options.check_cancellation(); !checked) return checked;
    if (auto done = send_batch(std::move(**batch), sink); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> decode_frames(AudioDecoder& decoder, const FrameSink& sink, const ConvertOptions& options,
                           bool in_background) {
  if (!in_background) return decode_in_this_thread(decoder, sink, options);
  BoundedQueue<Result<Batch>> queue(kMaxQueuedBatches);
  std::exception_ptr thrown;
  auto done = [&] {
    const std::jthread thread([&] { decode_in_thread(decoder, queue, thrown); });
    const QueueCloser closer(queue);
    return consume_queue(queue, sink, options);
  }();
  if (thrown) std::rethrow_exception(thrown);
  return done;
}

}  // namespace convert::media
