// SPDX-License-Identifier: MIT
#include "api/tasks/write_behind.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "http/connection/async_event.hpp"

namespace convert::server::api {

/// Owns all that the writing thread touches: it may be the last to be there.
struct AsyncUploadWriter::PendingWrite {
  explicit PendingWrite(const asio::any_io_executor& executor) : written(executor) {}

  std::shared_ptr<Upload> upload;
  Bytes block;
  std::span<const std::byte> piece;
  Result<void> result;
  bool done = false;         // touched on the executor only
  http::AsyncEvent written;  // called when it is
};

AsyncUploadWriter::AsyncUploadWriter(http::BlockingPool& pool, asio::any_io_executor executor)
    : pool_(pool), executor_(std::move(executor)) {}

Async<Result<void>> AsyncUploadWriter::write(const std::shared_ptr<Upload>& upload, const Bytes& block,
                                             std::span<const std::byte> piece) {
  auto before = co_await flush();
  if (!before) co_return before;
  auto work = std::make_shared<PendingWrite>(executor_);
  work->upload = upload;
  work->block = block;
  work->piece = piece;
  pending_ = work;
  pool_.post([work = std::move(work), executor = executor_] {
    work->result = work->upload->write(work->piece);
    work->upload.reset();
    asio::post(executor, [work] {
      work->done = true;
      work->written.set();
    });
  });
  co_return Result<void>();
}

Async<Result<void>> AsyncUploadWriter::flush() {
  if (!pending_) co_return Result<void>();
  const auto work = std::move(pending_);
  while (!work->done) co_await work->written.wait();
  co_return work->result;
}

bool AsyncUploadWriter::uses(const Bytes& block) const noexcept {
  return pending_ && pending_->block == block;
}

}  // namespace convert::server::api
