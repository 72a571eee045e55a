// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>

#include <convert/result.hpp>

/// Faults made on purpose, from a seed.
namespace convert::test {

/// Which calls of one kind fail, and how.
struct Fault {
  double share = 0;       ///< of the calls, 0 to 1
  std::uint64_t nth = 0;  ///< that call, counted from when this was set; 0: none in particular
  Error error{Errc::io, "A fault made on purpose.", true};
  bool after = false;  ///< the call takes effect, and fails then; otherwise it does nothing
};

/// Says for each call whether it shall fail. `Call` is an enum whose last value is `count`. Thread-safe.
template <class Call>
class FaultInjector {
 public:
  explicit FaultInjector(std::uint64_t seed) : random_(seed) {}

  void set(Call call, Fault fault) {
    const std::lock_guard lock(mutex_);
    CallFaults& row = calls_by_kind_.at(static_cast<std::size_t>(call));
    row.fault = std::move(fault);
    row.calls = 0;
  }
  void set_all(const Fault& fault) {
    for (std::size_t call = 0; call < kCalls; ++call) set(static_cast<Call>(call), fault);
  }
  void clear() { set_all(Fault{}); }

  /// The fault of this call, if it shall have one.
  std::optional<Fault> next_fault(Call call) {
    const std::lock_guard lock(mutex_);
    CallFaults& row = calls_by_kind_.at(static_cast<std::size_t>(call));
    const bool injected = ++row.calls == row.fault.nth || chance(row.fault.share);
    if (!injected) return {};
    ++strikes_;
    return row.fault;
  }

  /// Whether something of that share shall happen now.
  bool happens(double share) {
    const std::lock_guard lock(mutex_);
    return chance(share);
  }
  /// Any number from 0 to `last`.
  std::uint64_t up_to(std::uint64_t last) {
    const std::lock_guard lock(mutex_);
    return std::uniform_int_distribution<std::uint64_t>(0, last)(random_);
  }
  /// How many calls of a kind there were since its fault was set.
  std::uint64_t calls(Call call) const {
    const std::lock_guard lock(mutex_);
    return calls_by_kind_.at(static_cast<std::size_t>(call)).calls;
  }
  /// How many calls have failed on purpose.
  std::uint64_t injected_count() const {
    const std::lock_guard lock(mutex_);
    return strikes_;
  }

 private:
  static constexpr std::size_t kCalls = static_cast<std::size_t>(Call::count);
  struct CallFaults {
    Fault fault{};
    std::uint64_t calls = 0;
  };

  bool chance(double share) { return share > 0 && std::bernoulli_distribution(share)(random_); }

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::array<CallFaults, kCalls> calls_by_kind_{};
  std::uint64_t strikes_ = 0;
};

/// Makes a call that may fail on purpose: before it, or after it took effect.
template <class Call, class Operation>
auto with_faults(FaultInjector<Call>& faults, Call call, const Operation& operation)
    -> decltype(operation()) {
  const auto fault = faults.next_fault(call);
  if (fault && !fault->after) return fault->error;
  auto result = operation();
  if (fault) return fault->error;
  return result;
}

}  // namespace convert::test
