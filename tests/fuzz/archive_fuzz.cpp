// SPDX-License-Identifier: MIT
// Library::probe, plan and convert of any bytes as an archive. The last byte selects the output and whether
// the Reader can seek, so that every archive can be a seed.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <span>

#include <convert/convert.hpp>

#include "fuzz_support.hpp"

namespace {

constexpr std::array kTargets = {"tar", "zip", "raw", "gz", "7z", "tar.zst", "tar.gz", "bz2"};

convert::ConvertOptions options() {
  convert::Limits limits;
  limits.output_bytes = 32U << 20U;
  limits.archive_entries = 500;
  limits.archive_ratio = 50;
  limits.wall_time = std::chrono::seconds(10);
  convert::ConvertOptions result;
  result.limits = limits;
  result.threads = 1;
  return result;
}

void check(const convert::Error& error) {
  if (error.message.empty() || error.code == convert::Errc::internal) std::abort();
}

/// The same Library must be able to read the output.
void check_output(const convert::Library& library, const std::vector<std::byte>& bytes,
                  std::string_view format) {
  if (bytes.empty() || format == "raw") return;
  const auto reader = convert::memory_reader(bytes);
  if (const auto info = library.probe(*reader); !info && info.error().code == convert::Errc::unsafe_path)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const convert::Library library;
  static const auto call_options = options();
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  const unsigned choice = data[size - 1];
  const bool forward_only = (choice & 8U) != 0;
  convert::OutputSpec spec;
  spec.format = kTargets.at(choice % kTargets.size());
  if ((choice & 0x30U) == 0x30U) spec.entry = "tree/a.txt";

  const auto looked_at = convert::fuzz::make_reader(bytes, forward_only);
  if (const auto info = library.probe(*looked_at, call_options); !info) check(info.error());

  const auto planned = convert::fuzz::make_reader(bytes, forward_only);
  const convert::Input to_plan{planned.get(), "in.bin"};
  if (const auto plan = library.plan(std::span(&to_plan, 1), spec, call_options); !plan) check(plan.error());

  const auto reader = convert::fuzz::make_reader(bytes, forward_only);
  const convert::Input input{reader.get(), "in.bin"};
  std::vector<std::byte> made;
  const auto outputs = convert::single_output(convert::memory_writer(made));
  const auto report = library.convert(std::span(&input, 1), *outputs, spec, call_options);
  if (!report) {
    check(report.error());
    if (!made.empty()) std::abort();
    return 0;
  }
  check_output(library, made, spec.format);
  return 0;
}
