// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <convert/io.hpp>
#include <convert/server/http.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/file_descriptor.hpp"

namespace convert::server::api {

/// The end of a pipe that is read: an input that comes as it is received. A confined worker reads the pipe
/// itself, without a copy.
class PipeReader final : public Reader {
 public:
  PipeReader(base::Descriptor pipe, std::optional<std::uint64_t> size)
      : pipe_(std::move(pipe)), size_(size) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t, std::span<std::byte> into) override {
    return base::read_some(pipe_.get(), into);
  }
  std::optional<int> native_handle() const override { return pipe_.get(); }

 private:
  base::Descriptor pipe_;
  std::optional<std::uint64_t> size_;
};

/// The end that is written, by a coroutine: while the pipe is full it waits, and blocks no thread.
class PipeWriter {
 public:
  /// `pipe` must not block.
  PipeWriter(const asio::any_io_executor& executor, base::Descriptor pipe) : pipe_(executor, pipe.get()) {
    (void)pipe.release();
  }

  /// Writes all; false: nobody reads it any more.
  Async<Result<bool>> write(std::span<const std::byte> bytes);

 private:
  asio::posix::stream_descriptor pipe_;
};

struct Pipe {
  base::Descriptor read_end;
  base::Descriptor write_end;  ///< does not block
};

/// Errors: `unavailable` (too many open files).
Result<Pipe> make_pipe();

}  // namespace convert::server::api
