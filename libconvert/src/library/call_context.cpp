// SPDX-License-Identifier: MIT
#include "library/call_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <convert/options.hpp>

namespace convert::library {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kHeadBytes = std::size_t{64} << 10;
constexpr std::size_t kForwardHeadBytes = std::size_t{4}
                                          << 10;  // less, so that a slow pipe does not delay a conversion

Clock::time_point deadline_of(const ConvertOptions& user, const Limits& limits) {
  const auto now = Clock::now();
  const bool endless = limits.wall_time > Clock::time_point::max() - now;
  const auto latest = endless ? Clock::time_point::max()
                              : now + std::chrono::duration_cast<Clock::duration>(limits.wall_time);
  return std::min(user.deadline.value_or(latest), latest);
}

}  // namespace

CallContext::CallContext(const LibraryState& state, const ConvertOptions& user)
    : notifier_(user, &counters_) {
  options_.limits = user.limits.value_or(state.limits);
  options_.threads = user.threads > 0 ? user.threads : state.threads;
  options_.thread_budget = user.thread_budget;
  options_.temporary_folder = user.temporary_folder.value_or(state.temporary_folder);
  options_.deadline = deadline_of(user, *options_.limits);
  options_.stop = user.stop;
  options_.progress = [this](const Progress& progress) { notifier_.progress(progress); };
  options_.warning = [this](const Warning& warning) { notifier_.warn(warning); };
}

Error CallContext::root_error(const Error& error) const {
  // A Reader may have failed because of the same stop or deadline.
  if (error.code == Errc::cancelled || error.code == Errc::deadline_exceeded) return error;
  return first_error_.get().value_or(error);
}

std::vector<Warning> CallContext::all_warnings(const std::vector<Warning>& result) {
  for (const Warning& warning : result) notifier_.warn(warning);
  return notifier_.take_warnings();
}

GuardedInputs::GuardedInputs(std::span<const Input> inputs, CallContext& call, Keep keep) {
  guarded_.reserve(inputs.size());
  for (const Input& input : inputs) {
    Reader* reader = nullptr;
    if (input.reader != nullptr) reader = &readers_.emplace_back(*input.reader, call, keep).head;
    guarded_.push_back({reader, input.name, input.mode});
  }
}

Result<void> GuardedInputs::check() const {
  if (guarded_.empty()) return Error{Errc::invalid_argument, "The conversion needs at least one input."};
  for (std::size_t i = 0; i < guarded_.size(); ++i) {
    if (guarded_[i].reader != nullptr) continue;
    return Error{Errc::invalid_argument, fmt::format("Input {} has no Reader (`bytes` is null).", i)};
  }
  for (const Guarded& reader : readers_) {
    if (auto small = reader.guard.check_size(); !small) return small;
  }
  return {};
}

Result<std::span<const std::byte>> GuardedInputs::read_head() {
  if (readers_.size() != 1) return std::span<const std::byte>();
  base::HeadReader& reader = readers_.front().head;
  auto head = reader.head(reader.seekable() ? kHeadBytes : kForwardHeadBytes);
  if (!head) return head;
  head_ = *head;
  if (!reader.seekable()) {
    copy_.assign(head->begin(), head->end());
    head_ = copy_;
  }
  return head_;
}

std::vector<std::vector<std::byte>> GuardedInputs::take_consumed() && {
  std::vector<std::vector<std::byte>> consumed;
  consumed.reserve(readers_.size());
  for (Guarded& reader : readers_) consumed.push_back(std::move(reader.head).take_consumed());
  return consumed;
}

}  // namespace convert::library
