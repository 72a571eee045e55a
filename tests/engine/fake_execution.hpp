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

/// An Execution controlled by its input: "bad" is a corrupt file, "flaky" fails with a retryable error,
/// "throw" throws, "block" waits for `unblock` or a stop; any other input gives an output that contains the
/// input and the format. "upper" is complete also with a forward-only Writer; "lower" seeks: it writes the
/// end first, and without a seekable Writer only "incomplete". Errors of Readers and Writers are returned.
/// Thread-safe.
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

  /// Unblocks present and later conversions.
  void unblock();
  /// "flaky" works from now on.
  void recover();
  /// Blocked conversions ignore the stop token, like a worker that returns late.
  void ignore_stop();
  /// `ready` fails, and conversions fail permanently.
  void set_unavailable(bool missing);
  /// How often `ready` has failed.
  int unavailable_count() const;
  /// Called by each conversion of "step", with its options.
  void on_step(std::function<void(const ConvertOptions&)> step);

  /// The inputs of all conversions so far, in the order in which they started. Their outputs are in the
  /// storage.
  std::vector<std::string> started() const;
  /// Waits until `count` conversions have started. False if that takes longer than a minute.
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
