// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace convert::test {

/// What a process does to itself at a fault point.
enum class FaultAction : int {
  none,
  kill,  ///< SIGKILL
  stop,  ///< SIGSTOP, again and again until `release`
  trap,  ///< an illegal instruction: for confined workers, which may send no signals
};

/// A file of shared memory in which the driver says at which fault point a process is to fail, and in which
/// the processes count how often they came by each. Outlives them all.
class FaultControl {
 public:
  /// Maps the file; makes an empty one if there is none.
  explicit FaultControl(const std::filesystem::path& file);
  ~FaultControl();
  FaultControl(const FaultControl&) = delete;
  FaultControl& operator=(const FaultControl&) = delete;

  /// Forgets all hits, and the fault.
  void clear();
  /// At the n-th time from now that any process comes by.
  void arm(std::string_view point, int hit, FaultAction fault);
  /// Whether the armed fault has happened.
  bool happened() const;
  /// Lets a process go on that stopped itself; it has to be continued (SIGCONT) too.
  void release();
  bool released() const;
  /// How often each point was hit since `clear`.
  std::map<std::string, int> hits() const;

  /// What a process calls at each point, and then does. Lock-free: any process may die anywhere in it.
  FaultAction hit(std::string_view point);

 private:
  struct Name {
    std::array<char, 64> text{};
    std::string_view view() const { return text.data(); }
    void assign(std::string_view value);
  };
  struct Slot {
    enum : std::uint32_t { empty, writing, ready };
    std::atomic<std::uint32_t> state{empty};
    std::atomic<int> hits{0};
    Name name;
  };
  struct Memory {
    std::atomic<int> fault{0};  // set last, taken back once it has happened
    std::atomic<int> left{0};
    std::atomic<bool> happened{false};
    std::atomic<bool> released{false};
    Name point;
    std::array<Slot, 256> slots;
  };

  Memory* memory_ = nullptr;  // mapped; the file's
};

}  // namespace convert::test
