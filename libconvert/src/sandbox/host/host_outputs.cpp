// SPDX-License-Identifier: MIT
#include "sandbox/host/host_outputs.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string_view>
#include <utility>

#include "base/fault_point.hpp"
#include "base/catch_exceptions.hpp"
#include "sandbox/host/descriptor_handover.hpp"
#include "sandbox/host/output_name.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kMaxOpenOutputs = 16;
constexpr std::size_t kMaxWriteBytes = std::size_t{1} << 20;  // see messages.hpp

Error bad_output_request(const char* what) {
  return Error{Errc::forbidden, fmt::format("The worker process {}, and was ended.", what)};
}

Error too_many_open_outputs() {
  return Error{Errc::limit_exceeded,
               fmt::format("The conversion has more than {} outputs open at once, which a Sandbox does not "
                           "take. Ask for less, or convert in process if you trust the input.",
                           kMaxOpenOutputs)};
}

Error too_many_outputs(std::size_t max_outputs) {
  return Error{Errc::limit_exceeded,
               fmt::format("The conversion makes more outputs than SandboxLimits::outputs ({}) allows. Raise "
                           "it, or ask for less.",
                           max_outputs)};
}

Result<std::uint64_t> file_size(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return base::system_error(errno, "Cannot measure the output");
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

Error HostOutputs::too_large() const {
  return Error{Errc::limit_exceeded,
               fmt::format("The output grew beyond limits.output_bytes ({} bytes in all). "
                           "Raise it, or ask for less: a part, a lower bit rate, another format.",
                           limit_)};
}

Result<void> HostOutputs::grow(std::uint64_t by) {
  const std::uint64_t before = written_.fetch_add(by);
  if (before <= limit_ && by <= limit_ - before) return {};
  return too_large();
}

Result<void> HostOutputs::check_create(const std::string& name) const {
  if (!is_output_name(name)) return bad_output_request("named an output in a way that is not allowed");
  if (open_ >= kMaxOpenOutputs) return too_many_open_outputs();
  if (outputs_.size() >= max_outputs_) return too_many_outputs(max_outputs_);
  return {};
}

Result<HostOutputs::CreatedOutput> HostOutputs::create(const CreateOutput& request) {
  if (auto may = check_create(request.name); !may) return std::move(may).error();
  auto writer = open(request.name);
  if (!writer) return std::move(writer).error();
  CreatedOutput created;
  created.reply.output = static_cast<std::uint32_t>(outputs_.size());
  OutputState& output = outputs_.emplace_back();
  ++open_;
  output.name = request.name;
  output.writer = std::move(*writer);
  output.seekable = output.writer->seekable();
  created.reply.seekable = output.seekable;
  if (output.seekable) return created;
  if (auto done = drain(output, created); !done) return std::move(done).error();
  return created;
}

Result<std::unique_ptr<Writer>> HostOutputs::open(const std::string& name) {
  auto writer = base::catch_exceptions("Outputs", [&] { return target_.create(name); });
  if (!writer) return first_error_.record(writer.error());
  if (!*writer) return first_error_.record(Error{Errc::internal, "The Outputs gave no Writer."});
  return writer;
}

Result<HostOutputs::CreatedOutput> HostOutputs::request_descriptor(const RequestDescriptor& request) {
  if (request.output >= outputs_.size()) return bad_output_request("asked for an output that there is not");
  OutputState& output = outputs_[request.output];
  if (output.committed || output.end > 0 || output.file || output.drain) {
    return bad_output_request("asked for an output that it writes already");
  }
  CreatedOutput created;
  created.descriptor = descriptor_for_writing(*output.writer);
  created.reply.has_descriptor = static_cast<bool>(created.descriptor);
  if (!created.descriptor) return created;
  auto size = file_size(created.descriptor.get());
  if (!size) return std::move(size).error();
  output.file = output.writer->native_handle();
  output.size_before = *size;
  must_await_exit_ = true;
  return created;
}

Result<void> HostOutputs::drain(OutputState& output, CreatedOutput& created) {
  auto [out, in] = make_pipe();
  EventFd finished;
  if (!out || !finished) return base::system_error(errno, "Cannot make a pipe for the output");
  created.descriptor = std::move(in);
  created.reply.has_descriptor = true;
  output.drain = std::make_unique<PipeDrain>(
      *output.writer, std::move(out), std::move(finished), [this](std::uint64_t by) { return grow(by); },
      first_error_);
  return {};
}

Result<Reply> HostOutputs::write(const WriteOutput& request) {
  if (request.output >= outputs_.size()) return bad_output_request("wrote to an output that there is not");
  OutputState& output = outputs_[request.output];
  if (output.committed) return bad_output_request("wrote to an output that it had finished");
  if (output.file || output.drain) return bad_output_request("wrote in a way that is not that output's");
  if (request.bytes.size() > kMaxWriteBytes) return bad_output_request("wrote too many bytes at once");
  const std::uint64_t end = request.offset + request.bytes.size();
  if (end < request.offset) return too_large();
  if (end > output.end) {
    if (auto grown = grow(end - output.end); !grown) return std::move(grown).error();
    output.end = end;
  }
  auto written = base::catch_exceptions(
      "Writer", [&] { return output.writer->write_at(request.offset, request.bytes); });
  if (!written) return first_error_.record(written.error());
  return Reply{};
}

Result<Reply> HostOutputs::commit(const CommitOutput& request) {
  if (request.output >= outputs_.size()) return bad_output_request("finished an output that there is not");
  OutputState& output = outputs_[request.output];
  if (std::exchange(output.committed, true)) return bad_output_request("finished an output twice");
  --open_;
  if (!output.drain) return Reply{};
  output.drain->finish();
  output.end = output.drain->bytes_moved();
  output.drain.reset();
  if (auto first_error = first_error_.get()) return *first_error;
  return Reply{};
}

Result<std::uint64_t> HostOutputs::total_bytes() {
  std::uint64_t sum = written_;
  for (const OutputState& output : outputs_) {
    if (!output.file) continue;
    auto size = file_size(*output.file);
    if (!size) return size;
    sum += *size > output.size_before ? *size - output.size_before : 0;
  }
  if (sum > limit_) return too_large();
  return sum;
}

bool HostOutputs::is_waiting() const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [](const OutputState& output) { return output.drain && output.drain->is_waiting(); });
}

Result<std::uint64_t> HostOutputs::size_of(const OutputState& output) const {
  return output.file ? file_size(*output.file) : output.end;
}

Result<void> HostOutputs::check_report(Report& report) {
  if (auto first_error = first_error_.get()) return *first_error;
  if (auto small = total_bytes(); !small) return std::move(small).error();
  if (report.outputs.size() != outputs_.size()) return bad_output_request("did not report what it made");
  std::multimap<std::string_view, OutputReport*> lines;
  for (OutputReport& line : report.outputs) lines.emplace(line.name, &line);
  for (const OutputState& output : outputs_) {
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

Result<void> HostOutputs::publish() {
  for (OutputState& output : outputs_) {
    CONVERT_FAULT_POINT("sandbox.publish");
    auto committed = base::catch_exceptions("Writer", [&] { return output.writer->commit(); });
    if (!committed) return committed;
  }
  outputs_.clear();
  return {};
}

}  // namespace convert::sandbox
