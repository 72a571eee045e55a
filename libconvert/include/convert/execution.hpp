// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>

#include <convert/export.hpp>
#include <convert/library.hpp>

namespace convert {

/// Where conversions are run: in confined processes (`Sandbox`, sandbox.hpp), or in this process
/// (`in_process`). The calls are those of Library, with its contracts. Thread-safe; each call blocks its
/// thread.
class Execution {
 public:
  virtual ~Execution() = default;

  /// The table of formats of those who convert there. Lives as long as the Execution.
  virtual std::span<const Format> formats() const noexcept = 0;

  /// Whether a call could begin now. Quick: an Engine asks before it claims jobs, and claims none as long as
  /// this fails. Errors: why not (`unavailable`).
  virtual Result<void> ready() const { return {}; }

  virtual Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const = 0;
  virtual Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                            const ConvertOptions& options) const = 0;
  virtual Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                                 const ConvertOptions& options) const = 0;
};

/// Runs conversions in the calling threads of this process. For inputs that you trust: a defect in a decoder
/// can crash or take over this process, a conversion that hangs can't be killed, and memory has no bound. The
/// promises that no input can crash, hang or starve the host, that none can reach anything, and that a cancel
/// takes effect within a second do not hold here; a Sandbox keeps them.
CONVERT_API std::shared_ptr<Execution> in_process_execution(std::shared_ptr<const Library> library);

/// Starts a Sandbox with default options (sandbox.hpp). An Engine uses it when it is given no Execution. Errors: those
/// of `Sandbox::start`.
CONVERT_API Result<std::shared_ptr<Execution>> default_execution();

}  // namespace convert
