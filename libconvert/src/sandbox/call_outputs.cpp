// SPDX-License-Identifier: MIT
#include "sandbox/call_outputs.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string_view>
#include <utility>

#include "io/fault_point.hpp"
#include "io/without_throwing.hpp"
#include "sandbox/hand_over.hpp"
#include "sandbox/output_name.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kMostOpen = 16;
constexpr std::size_t kMaxWriteBytes = std::size_t{1} << 20;  // see messages.hpp

Error bad_output_request(const char* what) {
  return Error{Errc::forbidden, fmt::format("The worker process {}, and was ended.", what)};
}

Error too_many_at_once() {
  return Error{Errc::limit_exceeded,
               fmt::format("The conversion has more than {} outputs open at once, which a Sandbox does not "
                           "take. Ask for less, or convert in process if you trust the input.",
                           kMostOpen)};
}

Error too_many(std::size_t most) {
  return Error{Errc::limit_exceeded,
               fmt::format("The conversion makes more outputs than SandboxLimits::outputs ({}) allows. Raise "
                           "it, or ask for less.",
                           most)};
}

Result<std::uint64_t> file_size(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return io::system_error(errno, "Cannot measure the output");
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

Error CallOutputs::too_large() const {
  return Error{Errc::limit_exceeded,
               fmt::format("The output grew beyond limits.output_bytes ({} bytes in all). "
                           "Raise it, or ask for less: a part, a lower bit rate, another format.",
                           limit_)};
}

Result<void> CallOutputs::grow(std::uint64_t by) {
  const std::uint64_t before = written_.fetch_add(by);
  if (before <= limit_ && by <= limit_ - before) return {};
  return too_large();
}

Result<void> CallOutputs::may_create(const std::string& name) const {
  if (!is_output_name(name)) return bad_output_request("named an output in a way that is not allowed");
  if (open_ >= kMostOpen) return too_many_at_once();
  if (outputs_.size() >= most_) return too_many(most_);
  return {};
}

Result<CallOutputs::Created> CallOutputs::create(const Create& request) {
  if (auto may = may_create(request.name); !may) return std::move(may).error();
  auto writer = open(request.name);
  if (!writer) return std::move(writer).error();
  Created created;
  created.reply.output = static_cast<std::uint32_t>(outputs_.size());
  One& output = outputs_.emplace_back();
  ++open_;
  output.name = request.name;
  output.writer = std::move(*writer);
  output.seekable = output.writer->seekable();
  created.reply.seekable = output.seekable;
  if (output.seekable) return created;
  if (auto done = drain(output, created); !done) return std::move(done).error();
  return created;
}

Result<std::unique_ptr<Writer>> CallOutputs::open(const std::string& name) {
  auto writer = io::without_throwing("Outputs", [&] { return target_.create(name); });
  if (!writer) return fault_.note(writer.error());
  if (!*writer) return fault_.note(Error{Errc::internal, "The Outputs gave no Writer."});
  return writer;
}

Result<CallOutputs::Created> CallOutputs::hand_over(const HandOver& request) {
  if (request.output >= outputs_.size()) return bad_output_request("asked for an output that there is not");
  One& output = outputs_[request.output];
  if (output.committed || output.end > 0 || output.file || output.drain) {
    return bad_output_request("asked for an output that it writes already");
  }
  Created created;
  created.descriptor = writable_copy(*output.writer);
  created.reply.has_descriptor = static_cast<bool>(created.descriptor);
  if (!created.descriptor) return created;
  auto size = file_size(created.descriptor.get());
  if (!size) return std::move(size).error();
  output.file = output.writer->native_handle();
  output.size_before = *size;
  must_see_end_ = true;
  return created;
}

Result<void> CallOutputs::drain(One& output, Created& created) {
  auto [out, in] = make_pipe();
  Event finished;
  if (!out || !finished) return io::system_error(errno, "Cannot make a pipe for the output");
  created.descriptor = std::move(in);
  created.reply.has_descriptor = true;
  output.drain = std::make_unique<Drain>(
      *output.writer, std::move(out), std::move(finished), [this](std::uint64_t by) { return grow(by); },
      fault_);
  return {};
}

Result<Reply> CallOutputs::write(const Write& request) {
  if (request.output >= outputs_.size()) return bad_output_request("wrote to an output that there is not");
  One& output = outputs_[request.output];
  if (output.committed) return bad_output_request("wrote to an output that it had finished");
  if (output.file || output.drain) return bad_output_request("wrote in a way that is not that output's");
  if (request.bytes.size() > kMaxWriteBytes) return bad_output_request("wrote too many bytes at once");
  const std::uint64_t end = request.offset + request.bytes.size();
  if (end < request.offset) return too_large();
  if (end > output.end) {
    if (auto grown = grow(end - output.end); !grown) return std::move(grown).error();
    output.end = end;
  }
  auto written =
      io::without_throwing("Writer", [&] { return output.writer->write_at(request.offset, request.bytes); });
  if (!written) return fault_.note(written.error());
  return Reply{};
}

Result<Reply> CallOutputs::commit(const Commit& request) {
  if (request.output >= outputs_.size()) return bad_output_request("finished an output that there is not");
  One& output = outputs_[request.output];
  if (std::exchange(output.committed, true)) return bad_output_request("finished an output twice");
  --open_;
  if (!output.drain) return Reply{};
  output.drain->finish();
  output.end = output.drain->moved();
  output.drain.reset();
  if (auto fault = fault_.get()) return *fault;
  return Reply{};
}

Result<std::uint64_t> CallOutputs::measure() {
  std::uint64_t sum = written_;
  for (const One& output : outputs_) {
    if (!output.file) continue;
    auto size = file_size(*output.file);
    if (!size) return size;
    sum += *size > output.size_before ? *size - output.size_before : 0;
  }
  if (sum > limit_) return too_large();
  return sum;
}

bool CallOutputs::keeps_waiting() const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [](const One& output) { return output.drain && output.drain->keeps_waiting(); });
}

Result<std::uint64_t> CallOutputs::size_of(const One& output) const {
  return output.file ? file_size(*output.file) : output.end;
}

Result<void> CallOutputs::settle(Report& report) {
  if (auto fault = fault_.get()) return *fault;
  if (auto small = measure(); !small) return std::move(small).error();
  if (report.outputs.size() != outputs_.size()) return bad_output_request("did not report what it made");
  std::multimap<std::string_view, OutputReport*> lines;
  for (OutputReport& line : report.outputs) lines.emplace(line.name, &line);
  for (const One& output : outputs_) {
    const auto line = lines.find(output.name);
    if (line == lines.end()) return bad_output_request("did not report what it made");
    if (!output.committed) return bad_output_request("did not finish all of its outputs");
    auto size = size_of(output);
    if (!size) return std::move(size).error();
    line->second->size = *size;
    lines.erase(line);
  }
  return {};
}

Result<void> CallOutputs::publish() {
  for (One& output : outputs_) {
    CONVERT_FAULT_POINT("sandbox.publish");
    auto committed = io::without_throwing("Writer", [&] { return output.writer->commit(); });
    if (!committed) return committed;
  }
  outputs_.clear();
  return {};
}

}  // namespace convert::sandbox
