// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <convert/engine.hpp>
#include <convert/job.hpp>
#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {

/// Inputs that were uploaded and belong to no job yet. Destroyed, it has them removed.
class PendingInputs {
 public:
  explicit PendingInputs(Services& services) : services_(services) {}
  PendingInputs(const PendingInputs&) = delete;
  PendingInputs& operator=(const PendingInputs&) = delete;
  ~PendingInputs();

  void add(JobInput input) { inputs_.push_back(std::move(input)); }
  std::span<JobInput> all() noexcept { return inputs_; }
  const std::vector<JobInput>& list() const noexcept { return inputs_; }
  /// They belong to a job.
  void release() noexcept { inputs_.clear(); }

 private:
  Services& services_;
  std::vector<JobInput> inputs_;
};

/// 413.
Problem upload_too_large(std::uint64_t max_bytes);

/// What can be told of a body that is the file itself, before it is read: nothing, or the refusal.
Outcome<void> check_raw_body(const Request& request, const EffectiveQuota& most);

/// What the file is called: the argument `filename`, or "input".
std::string raw_name(const Request& request);

/// Writes an Upload in a thread that may block, one piece at a time, while the coroutine that it belongs to
/// receives the next: that is how receiving overlaps hashing and writing. Used by one coroutine, on one
/// executor that runs one thing at a time.
class AsyncUploadWriter {
 public:
  using Bytes = std::shared_ptr<const std::vector<std::byte>>;

  AsyncUploadWriter(http::BlockingPool& pool, asio::any_io_executor executor);
  AsyncUploadWriter(const AsyncUploadWriter&) = delete;
  AsyncUploadWriter& operator=(const AsyncUploadWriter&) = delete;
  /// What is being written goes on to its end, and nobody hears of it.
  ~AsyncUploadWriter() = default;

  /// Begins to write `piece`, which lies in `block`, once the piece before is written. Errors: those of that
  /// one.
  Async<Result<void>> write(const std::shared_ptr<Upload>& upload, const Bytes& block,
                            std::span<const std::byte> piece);
  /// Waits until all is written. Errors: those of the last piece.
  Async<Result<void>> flush();
  /// Whether `block` is still needed.
  bool uses(const Bytes& block) const noexcept;

 private:
  struct PendingWrite;
  http::BlockingPool& pool_;
  asio::any_io_executor executor_;
  std::shared_ptr<PendingWrite> pending_;
};

/// A body on its way into the Storage, in two blocks of memory: one is received while the other is hashed and
/// written. Lives within one coroutine; destroyed before a file is finished, it leaves nothing of it.
class UploadReceiver {
 public:
  UploadReceiver(Services& services, Request& request);
  UploadReceiver(const UploadReceiver&) = delete;
  UploadReceiver& operator=(const UploadReceiver&) = delete;
  ~UploadReceiver();

  /// The next bytes of the body, which live until the next call but one; none: the end. Errors: those of
  /// Body.
  Async<Outcome<std::span<const std::byte>>> receive();

  /// A file begins. Errors: those of Engine::upload.
  Async<Outcome<void>> start_file();
  /// Bytes of it: some that `receive` gave, or others. Errors: those of the write before.
  Async<Outcome<void>> write(std::span<const std::byte> bytes);
  /// The file has ended and is an input by that name.
  Async<Outcome<JobInput>> finish_file(std::string name);

  /// Of all files so far.
  std::uint64_t written() const noexcept { return written_; }

 private:
  using Block = std::shared_ptr<std::vector<std::byte>>;
  bool is_in_block(std::span<const std::byte> bytes) const noexcept;

  Services& services_;
  Request& request_;
  AsyncUploadWriter writer_;
  Block block_;  // the one received last
  Block previous_block_;
  std::shared_ptr<Upload> file_;
  std::uint64_t written_ = 0;
};

}  // namespace convert::server::api
