// SPDX-License-Identifier: MIT
// bench_measure PROGRAM [ARGUMENT...]: runs a program and writes to descriptor 3:
//   EXIT_STATUS SECONDS PROCESSOR_SECONDS PEAK_KIB
// A separate small program, because a child process inherits the peak memory of its parent.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>

extern char** environ;

namespace {

constexpr int kAnswer = 3;

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fputs("usage: bench_measure PROGRAM [ARGUMENT...] 3>ANSWER\n", stderr);
    return 2;
  }
  fcntl(kAnswer, F_SETFD, FD_CLOEXEC);
  const double start = now();
  pid_t child = 0;
  if (const int error = posix_spawnp(&child, arguments[1], nullptr, nullptr, arguments + 1, environ);
      error != 0) {
    std::fprintf(stderr, "bench_measure: %s: %s\n", arguments[1], std::strerror(error));
    return 127;
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const double took = now() - start;
  dprintf(kAnswer, "%d %.6f %.6f %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          took, seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
  return 0;
}
