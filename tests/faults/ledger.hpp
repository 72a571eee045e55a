// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "faults/child_engine.hpp"
#include "faults/site.hpp"

namespace convert::test {

/// One way in which a job may rightly end.
struct Ending {
  enum Kind { succeeded, failed, cancelled, removed } kind = succeeded;
  std::string spec;  ///< what was asked for last
  bool operator==(const Ending&) const = default;
};

/// A job that an engine has acknowledged, or whose acknowledgement died with the engine.
struct Entry {
  std::string key;  ///< its unique key
  std::string owner;
  std::uint32_t sound = 0;      ///< the seed of its input
  double seconds = 1;           ///< the length of its input; 0: one that cannot be converted
  JobId id = 0;                 ///< 0: not acknowledged
  std::vector<Ending> endings;  ///< more than one after an order whose answer nobody has seen
};

/// The bytes of its input.
std::string content_of(const Entry& entry);

/// What the driver knows of the jobs it has ordered: what they must have become, after whatever happened.
class Ledger {
 public:
  Ledger(Site& site, std::uint32_t seed) : site_(site), random_(seed) {}

  /// Orders a new job, with a sound of that length if one is given; answers whether the engine lives.
  bool submit(ChildEngine& engine, std::optional<double> seconds = {});
  /// Cancels, replaces, retries or removes one of the latest; answers the same.
  bool meddle(ChildEngine& engine);
  /// Each order once, and a job that is as another one; answers the same.
  bool give_every_order(ChildEngine& engine);
  /// Submits again what was not acknowledged: each is there once, or was never.
  bool settle(ChildEngine& engine);

  /// Everything that is not as it has to be, as sentences. Call it when all jobs have ended. `spare`: how
  /// many attempts a job may have lost beside those that are its own.
  std::vector<std::string> complaints(int spare = 0) const;

  std::size_t size() const { return entries_.size(); }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  enum class Order : unsigned { cancel, replace, remove, retry };
  bool order_new(ChildEngine& engine, Entry& entry) const;
  bool give(ChildEngine& engine, Entry& entry, Order order);
  Entry new_entry();
  Entry twin_of(Entry entry) const;
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_()) % bound; }

  Site& site_;
  std::mt19937 random_;
  std::vector<Entry> entries_;
};

}  // namespace convert::test
