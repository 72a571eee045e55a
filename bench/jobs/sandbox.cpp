// SPDX-License-Identifier: MIT
// What the sandbox costs: a small conversion in it and in this process, in turn; how long the pool takes to
// stand, at first and again after its workers or its zygote were killed; the memory of an idle one.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <set>

#include <convert/sandbox.hpp>

#include "support.hpp"

namespace bench {
namespace {

constexpr unsigned kReady = 2;

void convert_once(const convert::Execution& execution, const Words& words) {
  const auto bytes = must(convert::open_file(words[0]));
  const std::array<convert::Input, 1> inputs = {{{bytes.get(), "second.wav"}}};
  const auto output = convert::file_output(std::filesystem::path(words[2]) / "second.mp3");
  convert::OutputSpec spec;
  spec.format = "mp3";
  spec.bitrate = 128'000;
  must(execution.convert(inputs, *output, spec, {}));
}

/// Those that any thread of `parent` has started.
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

/// The workers of those zygotes.
std::set<pid_t> workers_of(const std::set<pid_t>& zygotes) {
  std::set<pid_t> workers;
  for (const pid_t zygote : zygotes) workers.merge(children_of(zygote));
  return workers;
}

void wait_until_ready(const convert::Sandbox& sandbox) {
  wait_until([&]() { return sandbox.statistics().ready >= kReady; });
}

/// Kills those, and says how long it takes until others are ready in their place.
double time_to_replace(const convert::Sandbox& sandbox, const std::set<pid_t>& killed,
                       const std::function<std::set<pid_t>()>& now) {
  return timed([&]() {
    for (const pid_t process : killed) kill(process, SIGKILL);
    wait_until([&]() {
      const auto processes = now();
      const bool gone = std::none_of(killed.begin(), killed.end(),
                                     [&](pid_t process) { return processes.contains(process); });
      return gone && processes.size() >= killed.size() && sandbox.statistics().ready >= kReady;
    });
  });
}

}  // namespace

void sandbox(const Words& words) {
  const auto host = getpid();
  convert::SandboxOptions options;
  options.ready = kReady;
  std::shared_ptr<convert::Sandbox> sandbox;
  const double start = timed([&]() {
    sandbox = must(convert::Sandbox::start(options));
    wait_until([&]() { return sandbox->statistics().ready >= 1; });
  });
  wait_until_ready(*sandbox);
  const auto idle = sandbox->statistics().memory_bytes;

  const auto zygotes = [&]() { return children_of(host); };
  const auto workers = [&]() { return workers_of(children_of(host)); };
  std::vector<double> after_workers;
  std::vector<double> after_zygote;
  for (int i = 0; i < 11; ++i) {
    wait_until_ready(*sandbox);
    after_workers.push_back(time_to_replace(*sandbox, workers(), workers));
  }
  for (int i = 0; i < 3; ++i) {
    wait_until_ready(*sandbox);
    after_zygote.push_back(time_to_replace(*sandbox, zygotes(), zygotes));
  }

  const auto in_process = convert::in_process(std::make_shared<convert::Library>());
  std::vector<double> inside;
  std::vector<double> sandboxed;
  for (int i = -2; i < std::stoi(words[1]); ++i) {
    const double one = timed([&]() { convert_once(*in_process, words); });
    wait_until_ready(*sandbox);
    const double other = timed([&]() { convert_once(*sandbox, words); });
    if (i < 0) continue;  // to warm up
    inside.push_back(one);
    sandboxed.push_back(other);
  }
  std::printf(
      "{\"in_process\": %.6f, \"sandboxed\": %.6f, \"start\": %.6f, \"after_workers\": %.6f, "
      "\"after_zygote\": %.6f, \"idle_kib\": %llu}\n",
      median(inside), median(sandboxed), start, median(after_workers), median(after_zygote),
      static_cast<unsigned long long>(idle / 1024));
}

}  // namespace bench
