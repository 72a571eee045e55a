// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <convert/execution.hpp>

namespace convert::test {

/// An Execution that does what its input says: "bad" is a corrupt file, "flaky" fails and may be tried again,
/// "throw" throws, "block" waits until it is let go or stopped; everything else becomes an output that holds
/// the input and the format. Thread-safe.
class FakeExecution : public Execution {
 public:
  FakeExecution();

  std::span<const Format> formats() const noexcept override { return formats_; }
  Result<void> ready() const override;
  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const override;
  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options) const override;
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override;

  /// Lets go what is blocked, now and later.
  void unblock();
  /// "flaky" works from now on.
  void recover();
  /// What is blocked does not heed the stop token: a worker that comes back late.
  void ignore_stop();
  /// It has no workers: it says so, and conversions fail for good.
  void set_unavailable(bool missing);
  /// How often it has said so.
  int unavailable_count() const;
  /// Called by each conversion of "step", with its options.
  void on_step(std::function<void(const ConvertOptions&)> step);

  /// The inputs of all conversions so far, in the order of their begin; their outputs are in the storage.
  std::vector<std::string> started() const;
  /// Waits until so many have begun; false if that takes longer than a minute.
  bool wait_for_started(std::size_t count) const;

 private:
  Result<void> act(const std::string& text, const ConvertOptions& options) const;

  std::vector<Format> formats_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  mutable std::vector<std::string> started_;
  std::function<void(const ConvertOptions&)> step_;
  bool open_ = false;
  bool recovered_ = false;
  bool ignores_stop_ = false;
  bool unavailable_ = false;
  mutable int unavailable_count_ = 0;
};

}  // namespace convert::test
