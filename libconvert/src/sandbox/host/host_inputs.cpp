// SPDX-License-Identifier: MIT
#include "sandbox/host/host_inputs.hpp"

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/catch_exceptions.hpp"
#include "sandbox/host/descriptor_handover.hpp"

namespace convert::sandbox {
namespace {

constexpr std::uint32_t kMaxReadBytes = 1U << 20;  // see messages.hpp
constexpr std::size_t kMaxInputDescriptors = 500;  // of inputs: further ones are read by asking
constexpr std::size_t kMaxFeeders = 16;

Error bad_read_request(const char* what) {
  return Error{Errc::forbidden, std::string("The worker process asked for ") + what + ", and was ended."};
}

}  // namespace

HostInputs::HostInputs(std::span<const Input> inputs, std::optional<std::uint64_t> keep,
                       FirstError& first_error)
    : keep_(keep), first_error_(first_error) {
  inputs_.reserve(inputs.size());
  for (const Input& input : inputs) {
    InputState& one = inputs_.emplace_back();
    one.reader = input.reader;
    RequestedInput& description = descriptions_.emplace_back();
    description.name = input.name;
    description.mode = input.mode;
    description.size = input.reader->size();
    description.seekable = input.reader->seekable();
    pass_descriptor(one, description);
    one.by_request = !description.has_descriptor;
  }
}

void HostInputs::pass_descriptor(InputState& input, RequestedInput& description) {
  if (descriptors_.size() >= kMaxInputDescriptors) return;
  if (keep_ && !description.seekable) return;
  base::Descriptor copy = descriptor_for_reading(*input.reader);
  if (!copy) return description.seekable ? void() : feed_through_pipe(input, description);
  if (!description.seekable) input.forwarded_pipe = base::Descriptor(::fcntl(copy.get(), F_DUPFD_CLOEXEC, 0));
  description.has_descriptor = true;
  descriptors_.push_back(std::move(copy));
}

void HostInputs::feed_through_pipe(InputState& input, RequestedInput& description) {
  if (feeders_.size() >= kMaxFeeders) return;
  auto [out, in] = make_pipe();
  if (!out) return;
  description.has_descriptor = true;
  descriptors_.push_back(std::move(out));
  feeders_.emplace_back(*input.reader, std::move(in), first_error_);
}

Result<Reply> HostInputs::read(const ReadInput& request) {
  if (request.input >= inputs_.size()) return bad_read_request("an input that there is not");
  InputState& input = inputs_[request.input];
  const bool forward = !descriptions_[request.input].seekable;
  if (!input.by_request) return bad_read_request("bytes that it has at hand");
  if (request.length == 0 || request.length > kMaxReadBytes)
    return bad_read_request("too many bytes at once");
  if (forward && request.offset != input.position)
    return bad_read_request("bytes that were given out before");
  Reply reply;
  reply.bytes.resize(request.length);
  const auto count =
      base::catch_exceptions("Reader", [&] { return input.reader->read_at(request.offset, reply.bytes); });
  if (!count) return first_error_.record(count.error());
  if (*count > request.length) {
    return first_error_.record(Error{Errc::internal, "A Reader claims more bytes than it was asked for."});
  }
  reply.bytes.resize(*count);
  input.position += *count;
  if (auto kept = keep_consumed(input, reply.bytes); !kept) return std::move(kept).error();
  return reply;
}

Result<void> HostInputs::keep_consumed(InputState& input, std::span<const std::byte> bytes) {
  if (!keep_ || input.reader->seekable()) return {};
  if (input.kept.size() + bytes.size() > *keep_) {
    return Error{Errc::limit_exceeded,
                 "Too much of the forward-only input had to be read (SandboxLimits::answer_bytes). Raise it, "
                 "or give an input that can seek."};
  }
  input.kept.insert(input.kept.end(), bytes.begin(), bytes.end());
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
  for (InputState& input : inputs_) consumed.push_back(std::move(input.kept));
  return consumed;
}

}  // namespace convert::sandbox
