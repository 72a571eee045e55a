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

/// Uploaded inputs that belong to no job yet. The destructor deletes them.
class PendingInputs {
 public:
  explicit PendingInputs(Services& services) : services_(services) {}
  PendingInputs(const PendingInputs&) = delete;
  PendingInputs& operator=(const PendingInputs&) = delete;
  ~PendingInputs();

  void add(JobInput input) { inputs_.push_back(std::move(input)); }
  std::span<JobInput> all() noexcept { return inputs_; }
  const std::vector<JobInput>& list() const noexcept { return inputs_; }
  /// The inputs belong to a job now: keeps them.
  void release() noexcept { inputs_.clear(); }

 private:
  Services& services_;
  std::vector<JobInput> inputs_;
};

/// 413.
Problem upload_too_large(std::uint64_t max_bytes);

/// Checks type and length of a body that is the file itself, before it is read.
Outcome<void> check_raw_body(const Request& request, const EffectiveQuota& max_bytes);

/// The file's name: the query parameter `filename`, or "input".
std::string raw_name(const Request& request);

/// Writes an Upload on the blocking pool, one piece at a time, while its coroutine receives the next one: so
/// receiving overlaps hashing and writing. Used by one coroutine, on an executor that runs one handler at a
/// time.
class AsyncUploadWriter {
 public:
  using Bytes = std::shared_ptr<const std::vector<std::byte>>;

  AsyncUploadWriter(http::BlockingPool& pool, asio::any_io_executor executor);
  AsyncUploadWriter(const AsyncUploadWriter&) = delete;
  AsyncUploadWriter& operator=(const AsyncUploadWriter&) = delete;
  /// A write in progress continues; its result is dropped.
  ~AsyncUploadWriter() = default;

  /// Starts to write `piece`, which lies in `block`, after the previous piece. Error: that of the previous
  /// piece.
  Async<Result<void>> write(const std::shared_ptr<Upload>& upload, const Bytes& block,
                            std::span<const std::byte> piece);
  /// Waits until everything is written. Error: that of the last piece.
  Async<Result<void>> flush();
  /// Whether a write in progress uses `block`.
  bool uses(const Bytes& block) const noexcept;

 private:
  struct PendingWrite;
  http::BlockingPool& pool_;
  asio::any_io_executor executor_;
  std::shared_ptr<PendingWrite> pending_;
};

/// Receives a body into the Storage through two memory blocks: one is received while the other is hashed and
/// written. Used by one coroutine. The destructor deletes an unfinished file.
class UploadReceiver {
 public:
  UploadReceiver(Services& services, Request& request);
  UploadReceiver(const UploadReceiver&) = delete;
  UploadReceiver& operator=(const UploadReceiver&) = delete;
  ~UploadReceiver();

  /// The next bytes of the body; empty at its end. They stay valid until the second next call. Problem: those
  /// of `body_problem`, and a failed write.
  Async<Outcome<std::span<const std::byte>>> receive();

  /// Starts a file. Problem: errors of Engine::upload.
  Async<Outcome<void>> start_file();
  /// Appends bytes, from `receive` or elsewhere. Problem: that of the previous write.
  Async<Outcome<void>> write(std::span<const std::byte> bytes);
  /// Finishes the file as an input with that name.
  Async<Outcome<JobInput>> finish_file(std::string name);

  /// Bytes of all files so far.
  std::uint64_t written() const noexcept { return written_; }

 private:
  using Block = std::shared_ptr<std::vector<std::byte>>;
  bool is_in_block(std::span<const std::byte> bytes) const noexcept;

  Services& services_;
  Request& request_;
  AsyncUploadWriter writer_;
  Block block_;  // the last one received
  Block previous_block_;
  std::shared_ptr<Upload> file_;
  std::uint64_t written_ = 0;
};

}  // namespace convert::server::api
