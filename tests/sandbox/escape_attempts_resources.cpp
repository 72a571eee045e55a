// SPDX-License-Identifier: MIT
// Unlimited use of resources. A limit must end each attempt.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "sandbox/escape_attempts.hpp"

namespace convert::test {
namespace {

constexpr std::size_t kPart = std::size_t{1} << 20;
constexpr int kThreads = 100'000;

void rest() {
  const timespec hour{3'600, 0};
  ::nanosleep(&hour, nullptr);
}

Outcome allocate(const Attempt&) {
  std::vector<std::vector<char>> all;
  for (;;) all.emplace_back(kPart, 'x');
}

/// Like a codec in C, which reports that memory ran out.
Outcome map_memory(const Attempt&) {
  for (;;) {
    void* const part = ::mmap(nullptr, kPart, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (part == MAP_FAILED) return {Error{Errc::unavailable, "There is not enough memory.", true}, {}};
    std::memset(part, 1, kPart);
  }
}

/// Above every limit of these tests, and harmless for the machine.
constexpr int kEnoughParts = 1'024;

/// Maps stacks, which RLIMIT_DATA does not count.
Outcome map_stacks(const Attempt&) {
  constexpr int kStack = MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN;
  for (int i = 0; i < kEnoughParts; ++i) {
    void* const part = ::mmap(nullptr, kPart, PROT_READ | PROT_WRITE, kStack, -1, 0);
    if (part == MAP_FAILED) return blocked_by_errno("mmap");
    std::memset(part, 1, kPart);
  }
  return escaped();
}

/// RLIMIT_DATA does not count memory that cannot be written any more.
Outcome hide_memory(const Attempt&) {
  for (int i = 0; i < kEnoughParts; ++i) {
    void* const part = ::mmap(nullptr, kPart, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (part == MAP_FAILED) return {Error{Errc::unavailable, "There is not enough memory.", true}, {}};
    std::memset(part, 1, kPart);
    if (::mprotect(part, kPart, PROT_READ) != 0) return blocked_by_errno("mprotect");
  }
  return escaped();
}

/// Reading unwritten memory costs page tables: 2 GiB for this size.
Outcome map_tables(const Attempt&) {
  void* const space =
      ::mmap(nullptr, std::size_t{1} << 40, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return space == MAP_FAILED ? blocked_by_errno("mmap") : escaped();
}

Outcome start_threads(const Attempt&) {
  try {
    for (int i = 0; i < kThreads; ++i) {
      std::thread([] {
        for (;;) rest();
      }).detach();
    }
  } catch (const std::system_error& refused) {
    return blocked(refused.what());
  }
  return escaped();
}

Outcome spin(const Attempt&) {
  std::atomic<unsigned> count = 0;
  for (;;) ++count;
}

Outcome sleep_on(const Attempt&) {
  for (;;) rest();
}

/// Reports the same progress again and again.
Outcome pretend(const Attempt& attempt) {
  for (;;) attempt.options.progress(Progress{});
}

Outcome fill_scratch(const Attempt&) {
  const std::vector<char> part(kPart, 'x');
  const int file = ::open("scratch", O_WRONLY | O_CREAT, 0600);
  for (;;) {
    if (::write(file, part.data(), part.size()) < 0) return blocked_by_errno("write");
  }
}

Outcome fill_scratch_with_files(const Attempt&) {
  for (int i = 0;; ++i) {
    const int file = ::open(("scratch" + std::to_string(i)).c_str(), O_WRONLY | O_CREAT, 0600);
    if (file < 0 || ::write(file, "x", 1) < 0) return blocked_by_errno("open");
    ::close(file);
  }
}

Outcome fill_output(const Attempt& attempt) {
  const std::vector<std::byte> part(kPart, std::byte{1});
  auto writer = attempt.outputs.create("endless.bin");
  if (!writer) return {writer.error(), {}};
  for (std::uint64_t offset = 0;; offset += part.size()) {
    if (auto written = (*writer)->write_at(offset, part); !written) return {written.error(), {}};
  }
}

/// A regular file that this process can write to.
std::optional<int> output_file() {
  for (int number = 3; number < 64; ++number) {
    struct stat status {};
    const int flags = ::fcntl(number, F_GETFL);
    const bool writable = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
    if (writable && ::fstat(number, &status) == 0 && S_ISREG(status.st_mode)) return number;
  }
  return {};
}

/// Writes to the descriptor directly, since the Writer counts.
Outcome fill_output_directly(const Attempt& attempt) {
  const std::vector<char> part(kPart, 'x');
  auto writer = attempt.outputs.create("endless.bin");
  if (!writer) return {writer.error(), {}};
  // For this many bytes the worker gets the descriptor of the file.
  if (auto written = (*writer)->write_at(0, std::vector<std::byte>(kPart)); !written) {
    return {written.error(), {}};
  }
  const auto file = output_file();
  if (!file) return blocked("there is no file");
  while (::write(*file, part.data(), part.size()) > 0) {
  }
  return blocked_by_errno("write");
}

Outcome crash(const Attempt&) { std::abort(); }
Outcome fault(const Attempt&) {
  volatile int* const nowhere = nullptr;
  *nowhere = 1;
  return escaped();
}
Outcome leave(const Attempt&) { ::_exit(0); }

}  // namespace

void add_resource_attempts(Attempts& attempts) {
  attempts.insert({{"allocate", &allocate},
                   {"map_memory", &map_memory},
                   {"map_stacks", &map_stacks},
                   {"hide_memory", &hide_memory},
                   {"map_tables", &map_tables},
                   {"threads", &start_threads},
                   {"spin", &spin},
                   {"sleep", &sleep_on},
                   {"pretend", &pretend},
                   {"scratch", &fill_scratch},
                   {"scratch_files", &fill_scratch_with_files},
                   {"output", &fill_output},
                   {"output_directly", &fill_output_directly},
                   {"abort", &crash},
                   {"fault", &fault},
                   {"leave", &leave}});
}

}  // namespace convert::test
