// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <utility>
#include <vector>

#include <convert/job.hpp>

#include "api/support/services.hpp"

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

}  // namespace convert::server::api
