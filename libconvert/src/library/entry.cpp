// SPDX-License-Identifier: MIT
#include "library/entry.hpp"

#include <utility>

#include "base/temporary_file.hpp"

namespace convert::library {
namespace {

/// Lends a Writer that outlives the conversion.
class BorrowedWriter : public Writer {
 public:
  explicit BorrowedWriter(Writer& target) : target_(target) {}
  bool seekable() const override { return target_.seekable(); }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    return target_.write_at(offset, from);
  }
  Result<void> commit() override { return target_.commit(); }

 private:
  Writer& target_;
};

/// The way to an entry is a part of the way only: how much of the whole is done stays unknown.
ConvertOptions without_fraction(const ConvertOptions& options) {
  ConvertOptions quiet = options;
  quiet.progress = [&options](const Progress&) { options.progress(Progress{}); };
  return quiet;
}

}  // namespace

Result<TargetFormat> raw_format(const FormatCatalogue& catalogue) {
  auto raw = catalogue.target("raw");
  if (raw && raw->format->family == Family::archive) return raw;
  return Error{Errc::unsupported,
               "entry: this build reads no archives, so it cannot take an entry out of one."};
}

Result<std::unique_ptr<Reader>> extract_entry(CallContext& call, const GuardedInputs& inputs,
                                              const TargetFormat& raw, const std::string& entry) {
  if (inputs.inputs().size() != 1) {
    return Error{Errc::invalid_argument, "entry: it is taken out of one archive. Give one input."};
  }
  auto file = base::TemporaryFile::create(call.options());
  if (!file) return std::move(file).error();
  OutputSpec spec;
  spec.format = raw.format->name;
  spec.entry = entry;
  const auto borrowed = single_output(std::make_unique<BorrowedWriter>(**file));
  std::atomic<std::uint64_t> count = 0;  // these bytes are no output of the call
  GuardedOutputs guarded(*borrowed, call.limits().output_bytes, count, call.first_error());
  const auto report =
      raw.converter->convert(inputs.inputs(), guarded, spec, without_fraction(call.options()));
  if (!report) return report.error();
  for (const Warning& warning : report->warnings) call.notifier().warn(warning);
  if (auto committed = guarded.commit_all(); !committed) return std::move(committed).error();
  return std::unique_ptr<Reader>(std::move(*file));
}

}  // namespace convert::library
