// SPDX-License-Identifier: MIT
#include "sandbox/call_inputs.hpp"

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <utility>

#include "io/without_throwing.hpp"
#include "sandbox/hand_over.hpp"

namespace convert::sandbox {
namespace {

constexpr std::uint32_t kMaxReadBytes = 1U << 20;  // see messages.hpp
constexpr std::size_t kMaxInputDescriptors = 500;    // of inputs: further ones are read by asking
constexpr std::size_t kMostFeeders = 16;

Error bad_read_request(const char* what) {
  return Error{Errc::forbidden, std::string("The worker process asked for ") + what + ", and was ended."};
}

}  // namespace

CallInputs::CallInputs(std::span<const Input> inputs, std::optional<std::uint64_t> keep, Fault& fault)
    : keep_(keep), fault_(fault) {
  inputs_.reserve(inputs.size());
  for (const Input& input : inputs) {
    One& one = inputs_.emplace_back();
    one.reader = input.bytes;
    WorkInput& described = described_.emplace_back();
    described.name = input.name;
    described.mode = input.mode;
    described.size = input.bytes->size();
    described.seekable = input.bytes->seekable();
    hand_over(one, described);
    one.asked = !described.has_descriptor;
  }
}

void CallInputs::hand_over(One& input, WorkInput& described) {
  if (descriptors_.size() >= kMaxInputDescriptors) return;
  if (keep_ && !described.seekable) return;
  io::Descriptor copy = readable_copy(*input.reader);
  if (!copy) return described.seekable ? void() : feed(input, described);
  if (!described.seekable) input.pipe = io::Descriptor(::fcntl(copy.get(), F_DUPFD_CLOEXEC, 0));
  described.has_descriptor = true;
  descriptors_.push_back(std::move(copy));
}

void CallInputs::feed(One& input, WorkInput& described) {
  if (feeders_.size() >= kMostFeeders) return;
  auto [out, in] = make_pipe();
  if (!out) return;
  described.has_descriptor = true;
  descriptors_.push_back(std::move(out));
  feeders_.emplace_back(*input.reader, std::move(in), fault_);
}

Result<Reply> CallInputs::read(const Read& request) {
  if (request.input >= inputs_.size()) return bad_read_request("an input that there is not");
  One& input = inputs_[request.input];
  const bool forward = !described_[request.input].seekable;
  if (!input.asked) return bad_read_request("bytes that it has at hand");
  if (request.length == 0 || request.length > kMaxReadBytes) return bad_read_request("too many bytes at once");
  if (forward && request.offset != input.position) return bad_read_request("bytes that were given out before");
  Reply reply;
  reply.bytes.resize(request.length);
  const auto count =
      io::without_throwing("Reader", [&] { return input.reader->read_at(request.offset, reply.bytes); });
  if (!count) return fault_.note(count.error());
  if (*count > request.length) {
    return fault_.note(Error{Errc::internal, "A Reader claims more bytes than it was asked for."});
  }
  reply.bytes.resize(*count);
  input.position += *count;
  if (auto kept = keep_what(input, reply.bytes); !kept) return std::move(kept).error();
  return reply;
}

Result<void> CallInputs::keep_what(One& input, std::span<const std::byte> bytes) {
  if (!keep_ || input.reader->seekable()) return {};
  if (input.kept.size() + bytes.size() > *keep_) {
    return Error{Errc::limit_exceeded,
                 "Too much of the forward-only input had to be read (SandboxLimits::answer_bytes). Raise it, "
                 "or give an input that can seek."};
  }
  input.kept.insert(input.kept.end(), bytes.begin(), bytes.end());
  return {};
}

std::uint64_t CallInputs::moved() const {
  std::uint64_t sum = 0;
  for (const Feeder& feeder : feeders_) sum += feeder.moved();
  return sum;
}

bool CallInputs::keeps_waiting() const {
  const auto waits = [](const Feeder& feeder) { return feeder.keeps_waiting(); };
  const auto is_empty = [](const One& input) { return input.pipe && bytes_waiting(input.pipe) == 0; };
  return std::any_of(feeders_.begin(), feeders_.end(), waits) ||
         std::any_of(inputs_.begin(), inputs_.end(), is_empty);
}

std::vector<std::vector<std::byte>> CallInputs::take_consumed() {
  std::vector<std::vector<std::byte>> consumed;
  for (One& input : inputs_) consumed.push_back(std::move(input.kept));
  return consumed;
}

}  // namespace convert::sandbox
