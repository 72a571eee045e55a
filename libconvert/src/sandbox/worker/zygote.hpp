// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "base/file_descriptor.hpp"
#include "sandbox/confinement/namespaces.hpp"
#include "sandbox/protocol/channel.hpp"

namespace convert::sandbox {

/// The main function of a new worker process, with its scratch folder and its end of the channel. Must not
/// return.
using WorkerFunction = std::function<void(base::Descriptor scratch, base::Descriptor channel)>;

/// Forks workers at the request of the host and reports how they end. Single-threaded.
class Zygote {
 public:
  /// `channel` leads to the host. The workers' scratch folders are made below the folder `scratch_root` by
  /// make_scratch_folder.
  Zygote(Channel& channel, int scratch_root, RandomDevice random_device, WorkerFunction worker_function)
      : channel_(channel),
        scratch_root_(scratch_root),
        random_device_(random_device),
        worker_function_(std::move(worker_function)) {}

  /// Runs until the host has closed the channel and every worker has ended.
  Result<void> run();

 private:
  struct Child {
    pid_t pid = 0;
    base::Descriptor pidfd;  // readable when the worker has ended
  };

  Result<bool> handle_command();
  Result<void> fork_one();
  Result<void> report_fork_failure(int code);
  Result<bool> reap(const Child& child);
  Result<void> kill_all();

  Channel& channel_;
  int scratch_root_;
  RandomDevice random_device_;
  WorkerFunction worker_function_;
  std::vector<Child> children_;
  std::uint64_t forked_ = 0;
};

}  // namespace convert::sandbox
