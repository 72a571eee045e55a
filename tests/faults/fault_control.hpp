// SPDX-License-Identifier: MIT
#pragma once

#include "faults/fault_control.hpp"

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

/// A file of shared memory through which the driver selects the fault point at which a process fails, and in
/// which the processes count how often they reach each point. It outlives the processes.
class FaultControl {
 public:
  /// Maps the file; creates it if it does not exist.
  explicit FaultControl(const std::filesystem::path& file);
  ~FaultControl();
  FaultControl(const FaultControl&) = delete;
  FaultControl& operator=(const FaultControl&) = delete;

  /// Resets all counts and disarms the fault.
  void clear();
  /// The process that reaches the point for the n-th time from now performs `fault`.
  void arm(std::string_view point, int hit, FaultAction fault);
  /// Whether the armed fault has happened.
  bool happened() const;
  /// Lets a process continue that stopped itself. It needs SIGCONT too.
  void release();
  bool released() const;
  /// How often each point was reached since `clear`.
  std::map<std::string, int> hits() const;

  /// Called by a process at each point; returns what it must do. Lock-free, since a process may crash in it.
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
    std::atomic<int> fault{0};  // set last, reset when it has happened
    std::atomic<int> left{0};
    std::atomic<bool> happened{false};
    std::atomic<bool> released{false};
    Name point;
    std::array<Slot, 256> slots;
  };

  Memory* memory_ = nullptr;  // the mapped file
};

/// Connects the fault points of this process and its children to that file. Call it once, before threads
/// start.
void connect_fault_points(const std::filesystem::path& file);

}  // namespace convert::test
