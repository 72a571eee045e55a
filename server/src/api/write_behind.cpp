// SPDX-License-Identifier: MIT
#include "api/write_behind.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "http/wake.hpp"

namespace convert::server::api {

/// Owns all that the writing thread touches: it may be the last to be there.
struct WriteBehind::Work {
  explicit Work(const asio::any_io_executor& executor) : written(executor) {}

  std::shared_ptr<Upload> upload;
  Bytes block;
  std::span<const std::byte> piece;
  Result<void> result;
  bool done = false;   // touched on the executor only
  http::Wake written;  // called when it is
};

WriteBehind::WriteBehind(http::Pool& pool, asio::any_io_executor executor)
    : pool_(pool), executor_(std::move(executor)) {}

Async<Result<void>> WriteBehind::write(const std::shared_ptr<Upload>& upload, const Bytes& block,
                                       std::span<const std::byte> piece) {
  auto before = co_await settle();
  if (!before) co_return before;
  auto work = std::make_shared<Work>(executor_);
  work->upload = upload;
  work->block = block;
  work->piece = piece;
  work_ = work;
  pool_.post([work = std::move(work), executor = executor_] {
    work->result = work->upload->write(work->piece);
    work->upload.reset();
    asio::post(executor, [work] {
      work->done = true;
      work->written.call();
    });
  });
  co_return Result<void>();
}

Async<Result<void>> WriteBehind::settle() {
  if (!work_) co_return Result<void>();
  const auto work = std::move(work_);
  while (!work->done) co_await work->written.wait();
  co_return work->result;
}

bool WriteBehind::uses(const Bytes& block) const noexcept { return work_ && work_->block == block; }

}  // namespace convert::server::api
