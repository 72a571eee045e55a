// SPDX-License-Identifier: MIT
#include "sandbox/host/host_inputs.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "sandbox/host/descriptor_handover.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kMaxInputDescriptors = 500;  // further inputs are read with `ReadInput`
constexpr std::size_t kMaxFeeders = 16;

Error bad_read_request(const char* what) {
  return Error{Errc::forbidden, fmt::format("The worker process requested {} and was ended.", what)};
}

}  // namespace

HostInputs::HostInputs(std::span<const Input> inputs, std::uint64_t max_bytes,
                       std::optional<std::uint64_t> max_consumed, conversion::FirstError& first_error)
    : max_consumed_(max_consumed), first_error_(first_error) {
  for (const Input& input : inputs) {
    InputState& state = inputs_.emplace_back(*input.reader, max_bytes, bytes_read_, first_error_);
    RequestedInput& description = descriptions_.emplace_back();
    description.name = input.name;
    description.mode = input.mode;
    description.size = input.reader->size();
    description.seekable = input.reader->seekable();
    pass_descriptor(state, description);
    state.by_request = !description.has_descriptor;
  }
}

void HostInputs::pass_descriptor(InputState& input, RequestedInput& description) {
  if (descriptors_.size() >= kMaxInputDescriptors) return;
  if (max_consumed_ && !description.seekable) return;
  base::Descriptor copy = descriptor_for_reading(input.reader);
  if (!copy) return description.seekable ? void() : feed_through_pipe(input, description);
  if (!description.seekable) {
    input.forwarded_pipe = base::Descriptor(::fcntl(copy.get(), F_DUPFD_CLOEXEC, 0));
  }
  description.has_descriptor = true;
  descriptors_.push_back(std::move(copy));
}

void HostInputs::feed_through_pipe(InputState& input, RequestedInput& description) {
  if (feeders_.size() >= kMaxFeeders) return;
  auto [read_end, write_end] = make_pipe();
  if (!read_end) return;
  description.has_descriptor = true;
  descriptors_.push_back(std::move(read_end));
  feeders_.emplace_back(input.reader, std::move(write_end), first_error_);
}

Result<Reply> HostInputs::read(const ReadInput& request) {
  if (request.input >= inputs_.size()) return bad_read_request("an input that does not exist");
  InputState& input = inputs_[request.input];
  const bool forward_only = !descriptions_[request.input].seekable;
  if (!input.by_request) return bad_read_request("bytes of an input whose descriptor it has");
  if (request.length == 0 || request.length > kMaxTransferBytes) {
    return bad_read_request("a number of bytes that is not allowed");
  }
  if (forward_only && request.offset != input.position) {
    return bad_read_request("another position of an input that cannot seek");
  }
  Reply reply;
  reply.bytes.resize(request.length);
  CONVERT_TRY_ASSIGN(const auto count, input.reader.read_at(request.offset, reply.bytes));
  reply.bytes.resize(count);
  input.position += count;
  CONVERT_TRY(keep_consumed(input, reply.bytes));
  return reply;
}

Result<void> HostInputs::keep_consumed(InputState& input, std::span<const std::byte> bytes) {
  if (!max_consumed_ || input.reader.seekable()) return {};
  if (input.consumed.size() + bytes.size() > *max_consumed_) {
    return Error{
        Errc::limit_exceeded,
        fmt::format("More of the input had to be read than the limit of {} bytes for an input that cannot "
                    "seek. Use one that can.",
                    *max_consumed_)};
  }
  input.consumed.insert(input.consumed.end(), bytes.begin(), bytes.end());
  return {};
}

std::uint64_t HostInputs::bytes_moved() const {
  std::uint64_t sum = 0;
  for (const PipeFeeder& feeder : feeders_) sum += feeder.bytes_moved();
  return sum;
}

bool HostInputs::is_waiting() const {
  const auto waits = [](const PipeFeeder& feeder) { return feeder.is_waiting(); };
  const auto is_empty = [](const InputState& input) {
    return input.forwarded_pipe && bytes_waiting(input.forwarded_pipe) == 0;
  };
  return std::any_of(feeders_.begin(), feeders_.end(), waits) ||
         std::any_of(inputs_.begin(), inputs_.end(), is_empty);
}

std::vector<std::vector<std::byte>> HostInputs::take_consumed() {
  std::vector<std::vector<std::byte>> consumed;
  for (InputState& input : inputs_) consumed.push_back(std::move(input.consumed));
  return consumed;
}

}  // namespace convert::sandbox
