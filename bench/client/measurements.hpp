// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bench {

/// The results of a run: times by step, and errors.
class Measurements {
 public:
  void time(const std::string& step, double seconds) { times_[step].push_back(seconds); }
  void error(const std::string& text) { ++errors_[text]; }
  void retried() { ++retries_; }
  void received(std::uint64_t bytes) { bytes_ += bytes; }
  void number(const std::string& name, double value) { numbers_[name] = value; }
  bool clean() const { return errors_.empty(); }
  std::size_t count(const std::string& step) const;

  /// One line: {"steps":{"login":{"count":750,"p50":…,"p95":…,"p99":…,"most":…}},"errors":{…},"retries":…,…}.
  std::string json() const;

 private:
  std::map<std::string, std::vector<double>> times_;
  std::map<std::string, std::uint64_t> errors_;
  std::map<std::string, double> numbers_;
  std::uint64_t retries_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace bench
