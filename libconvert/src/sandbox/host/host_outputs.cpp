// SPDX-License-Identifier: MIT
#include "sandbox/host/host_outputs.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "conversion/catch_exceptions.hpp"
#include "sandbox/host/descriptor_handover.hpp"

namespace convert::sandbox {
namespace {

constexpr std::size_t kMaxOutputNameBytes = 4096;
constexpr std::size_t kMaxOpenOutputs = 16;

/// A relative path in UTF-8 whose parts are neither empty nor "." nor "..".
bool is_output_name(std::string_view name) {
  if (name.size() > kMaxOutputNameBytes || name.find('\0') != name.npos || !base::is_utf8(name)) return false;
  for (std::string_view rest = name;;) {
    const auto slash = rest.find('/');
    const auto part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
}

Error bad_output_request(const char* what) {
  return Error{Errc::forbidden, fmt::format("The worker process {} and was ended.", what)};
}

Error too_many_open_outputs() {
  return Error{Errc::limit_exceeded,
               fmt::format("The conversion writes more than {} outputs at the same time. Request fewer.",
                           kMaxOpenOutputs)};
}

Error too_many_outputs(std::size_t max_outputs) {
  return Error{
      Errc::limit_exceeded,
      fmt::format("The conversion makes more outputs than the limit of {}. Request fewer.", max_outputs)};
}

Result<std::uint64_t> file_size(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return base::system_error(errno, "Cannot measure the output");
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

Result<void> HostOutputs::check_create(const std::string& name) const {
  if (!is_output_name(name)) return bad_output_request("created an output with an invalid name");
  if (open_ >= kMaxOpenOutputs) return too_many_open_outputs();
  if (outputs_.size() >= max_outputs_) return too_many_outputs(max_outputs_);
  return {};
}

Result<HostOutputs::CreatedOutput> HostOutputs::create(const CreateOutput& request) {
  CONVERT_TRY(check_create(request.name));
  CONVERT_TRY_ASSIGN(auto writer, conversion::create_writer(target_, request.name, first_error_));
  CreatedOutput created;
  created.reply.output = static_cast<std::uint32_t>(outputs_.size());
  OutputState& output = outputs_.emplace_back();
  ++open_;
  output.name = request.name;
  output.writer = std::move(writer);
  created.reply.seekable = output.writer->seekable();
  if (created.reply.seekable) return created;
  CONVERT_TRY(drain(output, created));
  return created;
}

Result<HostOutputs::CreatedOutput> HostOutputs::request_descriptor(const RequestDescriptor& request) {
  if (request.output >= outputs_.size()) {
    return bad_output_request("requested the descriptor of an output that does not exist");
  }
  OutputState& output = outputs_[request.output];
  if (output.committed || output.end > 0 || output.file || output.drain) {
    return bad_output_request("requested the descriptor of an output that has bytes already");
  }
  CreatedOutput created;
  created.descriptor = descriptor_for_writing(*output.writer);
  created.reply.has_descriptor = static_cast<bool>(created.descriptor);
  if (!created.descriptor) return created;
  CONVERT_TRY_ASSIGN(auto size, file_size(created.descriptor.get()));
  output.file = output.writer->native_handle();
  output.size_before = size;
  must_await_exit_ = true;
  return created;
}

Result<void> HostOutputs::drain(OutputState& output, CreatedOutput& created) {
  auto [read_end, write_end] = make_pipe();
  EventFd finished;
  if (!read_end || !finished) return base::system_error(errno, "Cannot make a pipe for the output");
  created.descriptor = std::move(write_end);
  created.reply.has_descriptor = true;
  output.drain = std::make_unique<PipeDrain>(*output.writer, std::move(read_end), std::move(finished), limit_,
                                             first_error_);
  return {};
}

Result<Reply> HostOutputs::write(const WriteOutput& request) {
  if (request.output >= outputs_.size()) return bad_output_request("wrote to an output that does not exist");
  OutputState& output = outputs_[request.output];
  if (output.committed) return bad_output_request("wrote to an output after its commit");
  if (output.file || output.drain) {
    return bad_output_request("sent bytes of an output whose descriptor it has");
  }
  if (request.bytes.size() > kMaxTransferBytes) return bad_output_request("wrote too many bytes at once");
  if (auto extended = limit_.extend(output.end, request.offset, request.bytes.size()); !extended) {
    return std::move(extended).error();
  }
  CONVERT_TRY(conversion::write_to(*output.writer, request.offset, request.bytes, first_error_));
  return Reply{};
}

Result<Reply> HostOutputs::commit(const CommitOutput& request) {
  if (request.output >= outputs_.size()) return bad_output_request("committed an output that does not exist");
  OutputState& output = outputs_[request.output];
  if (std::exchange(output.committed, true)) return bad_output_request("committed an output twice");
  --open_;
  if (!output.drain) return Reply{};
  output.drain->finish();
  output.end = output.drain->bytes_moved();
  output.drain.reset();
  if (auto first_error = first_error_.get()) return *first_error;
  return Reply{};
}

Result<std::uint64_t> HostOutputs::total_bytes() {
  std::uint64_t sum = limit_.counted();
  for (const OutputState& output : outputs_) {
    if (!output.file) continue;
    auto size = file_size(*output.file);
    if (!size) return size;
    sum += *size > output.size_before ? *size - output.size_before : 0;
  }
  CONVERT_TRY(limit_.check(sum));
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
  CONVERT_TRY(total_bytes());
  constexpr const char* kWrongReport = "reported other outputs than it made";
  if (report.outputs.size() != outputs_.size()) return bad_output_request(kWrongReport);
  std::multimap<std::string_view, OutputReport*> lines;
  for (OutputReport& line : report.outputs) lines.emplace(line.name, &line);
  for (const OutputState& output : outputs_) {
    const auto line = lines.find(output.name);
    if (line == lines.end()) return bad_output_request(kWrongReport);
    if (!output.committed) return bad_output_request("did not commit all of its outputs");
    CONVERT_TRY_ASSIGN(auto size, size_of(output));
    line->second->size = size;
    lines.erase(line);
  }
  return {};
}

Result<void> HostOutputs::publish() {
  for (OutputState& output : outputs_) {
    CONVERT_FAULT_POINT("sandbox.publish");
    auto committed = conversion::catch_exceptions("Writer", [&] { return output.writer->commit(); });
    if (!committed) return committed;
  }
  outputs_.clear();
  return {};
}

}  // namespace convert::sandbox
