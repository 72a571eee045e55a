// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>

#include <convert/export.hpp>
#include <convert/library.hpp>

namespace convert {

/// Where conversions run: in confined processes (`Sandbox`, sandbox.hpp) or in this process
/// (`in_process_execution`). The calls have the contracts of Library. Thread-safe; each call blocks its
/// thread.
class Execution {
 public:
  virtual ~Execution() = default;

  /// The formats that conversions can use here. Valid for the lifetime of the Execution.
  virtual std::span<const Format> formats() const noexcept = 0;

  /// Whether a call could start now. Fast: an Engine calls it before it claims jobs, and claims none while it
  /// fails. Errors: `unavailable`, with the reason.
  virtual Result<void> ready() const { return {}; }

  virtual Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const = 0;
  virtual Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                            const ConvertOptions& options) const = 0;
  virtual Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                                 const ConvertOptions& options) const = 0;
};

/// Runs conversions in the calling threads of this process. Use it only for inputs that you trust: a defect
/// in a decoder can crash or take over this process, a conversion that hangs cannot be killed, and memory is
/// not limited. Three promises do not hold here: that no input can crash, hang or starve the host, that no
/// input can reach other resources, and that a cancellation takes effect within a second. A Sandbox keeps
/// them.
CONVERT_API std::shared_ptr<Execution> in_process_execution(std::shared_ptr<const Library> library);

/// Starts a Sandbox with default options (sandbox.hpp). An Engine uses it when it is given no Execution.
/// Errors: those of `Sandbox::start`.
CONVERT_API Result<std::shared_ptr<Execution>> default_execution();

}  // namespace convert

// The path of the installed worker program, in programs that find the library by find_package (a string) or
// by pkg-config (without quotes). A Sandbox in a static library finds its worker by it.
#define CONVERT_DETAIL_QUOTE_TEXT(text) #text
#define CONVERT_DETAIL_QUOTE(macro) CONVERT_DETAIL_QUOTE_TEXT(macro)
#if !defined(CONVERT_INSTALLED_WORKER) && defined(CONVERT_INSTALLED_WORKER_PATH)
#define CONVERT_INSTALLED_WORKER CONVERT_DETAIL_QUOTE(CONVERT_INSTALLED_WORKER_PATH)
#endif
#ifdef CONVERT_INSTALLED_WORKER
extern "C" [[gnu::used]] inline const char* convert_installed_worker() noexcept {
  return CONVERT_INSTALLED_WORKER;
}
#endif
#undef CONVERT_DETAIL_QUOTE
#undef CONVERT_DETAIL_QUOTE_TEXT
