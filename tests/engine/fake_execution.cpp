// SPDX-License-Identifier: MIT
#include "engine/fake_execution.hpp"

#include <array>
#include <chrono>
#include <stdexcept>

#include <fmt/format.h>

#include "support/test_files.hpp"

namespace convert::test {
namespace {

constexpr std::array<std::string_view, 1> kUpper = {"up"};
constexpr std::array<std::string_view, 1> kLower = {"low"};
constexpr std::array<std::string_view, 1> kPacked = {"pack"};
constexpr std::array<std::string_view, 2> kOptions = {"volume", "level"};
constexpr std::array kRanges = {OptionRange{.option = "level", .codec = {}, .min = 1, .max = 9}};

Format row(std::string_view name, std::span<const std::string_view> extensions, Family family) {
  Format format;
  format.name = name;
  format.title = name;
  format.family = family;
  format.extensions = extensions;
  format.mime_type = "text/x-test";
  format.readable = format.writable = true;
  format.options = kOptions;
  format.option_ranges = kRanges;
  return format;
}

Result<std::string> read_all(Reader& reader) {
  std::string text;
  std::array<std::byte, 4096> block{};
  for (;;) {
    const auto count = reader.read_at(text.size(), block);
    if (!count) return count.error();
    if (*count == 0) return text;
    text.append(reinterpret_cast<const char*>(block.data()), *count);
  }
}

Result<void> write_result(Writer& writer, const std::string& made, const std::string& format) {
  if (format != "lower") return writer.write_at(0, bytes(made));
  if (!writer.seekable()) return writer.write_at(0, bytes("incomplete"));
  const std::size_t middle = made.size() / 2;
  if (auto end = writer.write_at(middle, bytes(made.substr(middle))); !end) return end;
  return writer.write_at(0, bytes(made.substr(0, middle)));
}

}  // namespace

FakeExecution::FakeExecution()
    : formats_{row("upper", kUpper, Family::audio), row("lower", kLower, Family::audio),
               row("packed", kPacked, Family::archive)} {
  formats_[1].forward_only = ForwardOnlySupport::reduced;
}

Result<void> FakeExecution::ready() const {
  const std::scoped_lock lock(mutex_);
  if (!unavailable_) return {};
  ++unavailable_count_;
  return Error{Errc::unavailable, "There is no worker.", true};
}

int FakeExecution::unavailable_count() const {
  const std::scoped_lock lock(mutex_);
  return unavailable_count_;
}

Result<MediaInfo> FakeExecution::probe(const Input&, const ConvertOptions&) const { return MediaInfo{}; }

Result<Plan> FakeExecution::plan(std::span<const Input>, const OutputSpec&, const ConvertOptions&) const {
  return Plan{};
}

Result<Report> FakeExecution::convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                                      const ConvertOptions& options) const {
  std::string text;
  for (const Input& input : inputs) {
    const auto read = read_all(*input.reader);
    if (!read) return read.error();
    text += *read;
  }
  // The output is committed before the conversion fails or stops: it must not become visible.
  const auto name =
      fmt::format("{}.{}", inputs.front().name.substr(0, inputs.front().name.find('.')), spec.format);
  {
    auto writer = outputs.create(name);
    if (!writer) return writer.error();
    const auto made = text + "->" + spec.format;
    if (auto written = write_result(**writer, made, spec.format); !written) return written.error();
    if (auto committed = (*writer)->commit(); !committed) return committed.error();
  }
  {
    const std::scoped_lock lock(mutex_);
    started_.push_back(text);
  }
  changed_.notify_all();
  if (auto done = act(text, options); !done) return done.error();
  Report report;
  OutputReport& made = report.outputs.emplace_back();
  made.name = name;
  made.format = spec.format;
  made.mime_type = "text/x-test";
  report.warnings.push_back(
      {WarningCode::damaged, fmt::format("The file \"{}\" was read.", inputs.front().name)});
  return report;
}

Result<void> FakeExecution::act(const std::string& text, const ConvertOptions& options) const {
  std::unique_lock lock(mutex_);
  if (unavailable_) return Error{Errc::not_found, "There is no worker."};
  if (text.starts_with("bad")) return Error{Errc::corrupt_input, "The file is bad."};
  if (text.starts_with("flaky") && !recovered_) return Error{Errc::crashed, "The worker died.", true};
  if (text.starts_with("throw")) throw std::runtime_error("on purpose");
  if (text.starts_with("block")) {
    if (options.progress) options.progress({.fraction = 0.5});
    if (ignores_stop_) {
      changed_.wait(lock, [this]() { return open_; });
    } else if (!changed_.wait(lock, options.stop, [this]() { return open_; })) {
      return Error{Errc::cancelled, "It was stopped."};
    }
  }
  if (text.starts_with("step") && step_) {
    const auto step = step_;
    lock.unlock();
    step(options);
  }
  return {};
}

void FakeExecution::unblock() {
  {
    const std::scoped_lock lock(mutex_);
    open_ = true;
  }
  changed_.notify_all();
}

void FakeExecution::recover() {
  const std::scoped_lock lock(mutex_);
  recovered_ = true;
}

void FakeExecution::ignore_stop() {
  const std::scoped_lock lock(mutex_);
  ignores_stop_ = true;
}

void FakeExecution::set_unavailable(bool missing) {
  const std::scoped_lock lock(mutex_);
  unavailable_ = missing;
}

void FakeExecution::on_step(std::function<void(const ConvertOptions&)> step) {
  const std::scoped_lock lock(mutex_);
  step_ = std::move(step);
}

std::vector<std::string> FakeExecution::started() const {
  const std::scoped_lock lock(mutex_);
  return started_;
}

bool FakeExecution::wait_for_started(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::minutes(1), [&]() { return started_.size() >= count; });
}

}  // namespace convert::test
