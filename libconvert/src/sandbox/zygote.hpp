// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "io/system.hpp"
#include "sandbox/channel.hpp"
#include "sandbox/namespaces.hpp"

namespace convert::sandbox {

/// What a new worker process does, with its scratch folder and its end of its channel. Must not return.
using WorkerBody = std::function<void(io::Descriptor scratch, io::Descriptor channel)>;

/// Forks workers when its host says so, and tells of their ends. Has one thread.
class Zygote {
 public:
  /// `channel` leads to the host; the workers' scratch folders are made below the folder `root`, by
  /// make_scratch.
  Zygote(Channel& channel, int root, Chance chance, WorkerBody body)
      : channel_(channel), root_(root), chance_(chance), body_(std::move(body)) {}

  /// Until the host has gone, which is a success, and every worker too.
  Result<void> run();

 private:
  struct Child {
    pid_t pid = 0;
    io::Descriptor ended;  // a pidfd: readable when it has
  };

  Result<bool> obey();
  Result<void> fork_one();
  Result<void> fork_failed(int code);
  Result<bool> reap(const Child& child);
  Result<void> end_all();

  Channel& channel_;
  int root_;
  Chance chance_;
  WorkerBody body_;
  std::vector<Child> children_;
  std::uint64_t forked_ = 0;
};

}  // namespace convert::sandbox
