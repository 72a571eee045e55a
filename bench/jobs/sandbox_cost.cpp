// SPDX-License-Identifier: MIT
// The cost of the sandbox: a small conversion in it and in this process, alternating; the time to fill the
// pool at the start and after its workers or its zygote were killed; the memory of an idle pool.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <set>

#include <convert/sandbox.hpp>

#include "bench_support.hpp"

namespace bench {
namespace {

constexpr unsigned kReady = 2;
/// A younger worker that dies is not replaced before it is needed.
constexpr std::chrono::milliseconds kMinWorkerAge(1'100);

void convert_once(const convert::Execution& execution, const Words& words) {
  const auto bytes = must(convert::open_file(words[0]));
  const std::array<convert::Input, 1> inputs = {{{bytes.get(), "second.wav"}}};
  const auto output = convert::file_output(std::filesystem::path(words[2]) / "second.mp3");
  convert::OutputSpec spec;
  spec.format = "mp3";
  spec.audio_bitrate = 128'000;
  must(execution.convert(inputs, *output, spec, {}));
}

/// The child processes of `parent`.
std::set<pid_t> children_of(pid_t parent) {
  std::set<pid_t> children;
  std::error_code none;
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(parent) + "/task", none)) {
    std::ifstream file(thread.path() / "children");
    for (pid_t child = 0; file >> child;) children.insert(child);
  }
  return children;
}

/// The workers of the zygotes.
std::set<pid_t> workers_of(const std::set<pid_t>& zygotes) {
  std::set<pid_t> workers;
  for (const pid_t zygote : zygotes) workers.merge(children_of(zygote));
  return workers;
}

std::set<pid_t> zygotes() { return children_of(getpid()); }

std::set<pid_t> workers() { return workers_of(zygotes()); }

void wait_until_ready(const convert::Sandbox& sandbox) {
  wait_until([&]() { return sandbox.statistics().idle >= kReady; });
}

/// Kills the processes. Returns the time until they are replaced and the pool is full.
double time_to_replace(const convert::Sandbox& sandbox, std::set<pid_t> (*processes)()) {
  wait_until_ready(sandbox);
  std::this_thread::sleep_for(kMinWorkerAge);
  const auto victims = processes();
  return measure_seconds([&]() {
    for (const pid_t process : victims) kill(process, SIGKILL);
    wait_until([&]() {
      const auto alive = processes();
      const bool gone = std::none_of(victims.begin(), victims.end(),
                                     [&](pid_t process) { return alive.contains(process); });
      return gone && alive.size() >= victims.size() && sandbox.statistics().idle >= kReady;
    });
  });
}

double median_time_to_replace(const convert::Sandbox& sandbox, std::set<pid_t> (*processes)(), int times) {
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) all.push_back(time_to_replace(sandbox, processes));
  return median(std::move(all));
}

}  // namespace

void sandbox(const Words& words) {
  convert::SandboxOptions options;
  options.idle_workers = kReady;
  std::shared_ptr<convert::Sandbox> sandbox;
  const double start = measure_seconds([&]() {
    sandbox = must(convert::Sandbox::start(options));
    wait_until([&]() { return sandbox->statistics().idle >= 1; });
  });
  wait_until_ready(*sandbox);
  const auto idle = sandbox->statistics().memory_bytes;

  const double after_workers = median_time_to_replace(*sandbox, &workers, 7);
  const double after_zygote = median_time_to_replace(*sandbox, &zygotes, 3);

  const auto in_process = convert::in_process_execution(std::make_shared<convert::Library>());
  std::vector<double> inside;
  std::vector<double> sandboxed;
  for (int i = -2; i < std::stoi(words[1]); ++i) {
    const double one = measure_seconds([&]() { convert_once(*in_process, words); });
    wait_until_ready(*sandbox);
    const double other = measure_seconds([&]() { convert_once(*sandbox, words); });
    if (i < 0) continue;  // to warm up
    inside.push_back(one);
    sandboxed.push_back(other);
  }
  std::printf(
      "{\"in_process\": %.6f, \"sandboxed\": %.6f, \"start\": %.6f, \"after_workers\": %.6f, "
      "\"after_zygote\": %.6f, \"idle_kib\": %llu}\n",
      median(inside), median(sandboxed), start, after_workers, after_zygote,
      static_cast<unsigned long long>(idle / 1024));
}

}  // namespace bench
