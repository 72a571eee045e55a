// SPDX-License-Identifier: MIT
#include "storage/s3/upload_cleaner.hpp"

#include <chrono>
#include <exception>

#include "storage/s3/objects.hpp"

namespace convert::storage {
namespace {

constexpr std::chrono::seconds kGrace{2};

}  // namespace

UploadCleaner::~UploadCleaner() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kGrace, [this] { return pending_.empty() && !busy_; });
  }
  thread_.request_stop();
}

void UploadCleaner::add(Leftover leftover) noexcept try {
  {
    const std::lock_guard lock(mutex_);
    pending_.push_back(std::move(leftover));
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  changed_.notify_all();
} catch (const std::exception&) {
  // No memory or no thread: remove_unfinished deletes it later.
}

void UploadCleaner::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !pending_.empty(); })) {
    const Leftover leftover = std::move(pending_.front());
    pending_.pop_front();
    busy_ = true;
    lock.unlock();
    clean(leftover, stop);
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

void UploadCleaner::clean(const Leftover& leftover, const std::stop_token& stop) try {
  // A failure is left to remove_unfinished.
  if (const auto* const upload = std::get_if<UploadId>(&leftover)) {
    static_cast<void>(abort_upload(*service_, *upload, stop));
  } else {
    static_cast<void>(delete_object(*service_, std::get<std::string>(leftover), stop));
  }
} catch (const std::exception&) {
}

}  // namespace convert::storage
