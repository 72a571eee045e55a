// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

#include "storage/s3/multipart_upload.hpp"

namespace convert::storage {

/// Aborts uploads and deletes objects in a thread of its own, so that a Writer that is destroyed does not
/// wait for the network. What fails is left to `Storage::remove_unfinished`. Thread-safe.
class UploadCleaner {
 public:
  explicit UploadCleaner(std::shared_ptr<S3Service> service) : service_(std::move(service)) {}
  /// Gives what is pending two seconds.
  ~UploadCleaner();
  UploadCleaner(const UploadCleaner&) = delete;
  UploadCleaner& operator=(const UploadCleaner&) = delete;

  void abort(UploadId upload) noexcept { add(std::move(upload)); }
  void remove(std::string object) noexcept { add(std::move(object)); }

 private:
  using Leftover = std::variant<UploadId, std::string>;
  void add(Leftover leftover) noexcept;
  void run(const std::stop_token& stop);
  void clean(const Leftover& leftover, const std::stop_token& stop);

  std::shared_ptr<S3Service> service_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Leftover> pending_;
  bool busy_ = false;
  std::jthread thread_;  ///< started with the first leftover
};

}  // namespace convert::storage
