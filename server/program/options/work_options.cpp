// SPDX-License-Identifier: MIT
#include "option_groups.hpp"
#include "option_builders.hpp"

namespace convertd {
namespace {

using std::chrono::milliseconds;
constexpr std::uint64_t kMaxThreads = 4'096;  // threads and processes
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

}  // namespace

std::vector<Option> conversion_options() {
  return {
      path_option(
          {"worker", "FILE", "the program that converts", "convert-worker beside convertd, or as installed"},
          [](auto& s) -> auto& { return s.sandbox.worker_program; }),
      count_option(
          {"workers-ready", "N", "workers that wait for work"},
          [](auto& s) -> auto& { return s.sandbox.idle_workers; }, 0, kMaxThreads),
      bool_option(
          {"unconfined", "", "run workers where this system cannot confine them: for your own files only"},
          [](auto& s) -> auto& { return s.sandbox.allow_unconfined; }),
      count_option(
          {"slots", "N", "conversions at once", "one and a half for each core"},
          [](auto& s) -> auto& { return s.engine.max_running_jobs; }, 0, kMaxThreads),
      count_option(
          {"threads", "N", "threads at work in all conversions together", "one for each core"},
          [](auto& s) -> auto& { return s.engine.threads; }, 0, kMaxThreads),
      count_option(
          {"http-threads", "N", "threads that serve connections", "one for each core, at most 4"},
          [](auto& s) -> auto& { return s.http_threads; }, 0, kMaxThreads),
      count_option(
          {"blocking-threads", "N", "threads for calls to disks and databases", "4, and two for each core"},
          [](auto& s) -> auto& { return s.server.blocking_threads; }, 0, kMaxThreads),
      size_option(
          {"worker-memory", "SIZE", "what one worker may take"},
          [](auto& s) -> auto& { return s.sandbox.limits.memory_bytes; }, 64 * kMiB),
      size_option(
          {"scratch", "SIZE", "temporary files of one worker, in DIR/scratch"},
          [](auto& s) -> auto& { return s.sandbox.limits.temporary_bytes; }, kMiB),
      duration_option(
          {"stall", "TIME", "a worker without progress for so long is ended"},
          [](auto& s) -> auto& { return s.sandbox.limits.stall_timeout; }, milliseconds(1'000)),
      duration_option(
          {"job-time", "TIME", "how long one conversion may take"},
          [](auto& s) -> auto& { return s.engine.limits.wall_time; }, milliseconds(1'000)),
      size_option(
          {"output-size", "SIZE", "all outputs of one conversion together"},
          [](auto& s) -> auto& { return s.engine.limits.output_bytes; }, 1),
      size_option(
          {"hash-up-to", "SIZE", "larger inputs are not compared with earlier ones"},
          [](auto& s) -> auto& { return s.server.max_hashed_bytes; }, 0),
  };
}

}  // namespace convertd
