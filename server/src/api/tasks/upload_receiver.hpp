// SPDX-License-Identifier: MIT
#pragma once

#include <convert/engine.hpp>
#include <convert/server/http.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "api/tasks/inputs.hpp"
#include "api/support/services.hpp"
#include "api/tasks/write_behind.hpp"

namespace convert::server::api {

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
  Async<Result<std::span<const std::byte>>> receive();

  /// A file begins. Errors: those of Engine::upload.
  Async<Result<void>> start_file();
  bool in_file() const noexcept { return file_ != nullptr; }
  /// Bytes of it: some that `receive` gave, or others. Errors: those of the write before.
  Async<Result<void>> write(std::span<const std::byte> bytes);
  /// The file has ended and is an input by that name.
  Async<Result<JobInput>> finish_file(std::string name);

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
