// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <convert/output_spec.hpp>
#include <convert/plan.hpp>

#include "archive/archive_formats.hpp"
#include "archive/archive_input.hpp"
#include "archive/archive_writer.hpp"
#include "archive/conversion_context.hpp"
#include "archive/entry_names.hpp"
#include "archive/entry_sanitizer.hpp"

namespace convert::archive {

/// One call of `convert`: reads entries from the inputs, checks them and writes them to one output.
class ArchiveConversion {
 public:
  ArchiveConversion(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                    ArchiveFormat target, ConversionContext& context);
  Result<Report> run();

 private:
  enum class Continue : std::uint8_t { yes, no };

  Result<void> convert_entries();
  Result<Continue> convert_entry(Entry entry);
  Result<Continue> convert_single_file(const Entry& entry);
  Result<Continue> store(const Entry& entry);
  Result<Continue> copy(const Entry& entry);
  Result<void> store_spooled(const Entry& entry, Reader& bytes);
  Result<void> check_selected(const Entry& entry) const;
  Result<void> check_file_count() const;
  void replace_hard_link(Entry& entry);
  void warn_metadata_losses(const Entry& entry);
  bool can_keep_partial(const Error& error, std::uint64_t bytes) const;
  void warn_truncated(const Entry* entry, std::uint64_t bytes);
  Result<void> start(const Entry* first);
  std::string output_name(const Entry* first) const;
  Result<Report> report();

  bool single() const { return target_.container == Container::single_file; }

  std::span<const Input> inputs_;
  Outputs& outputs_;
  const OutputSpec& spec_;
  ArchiveFormat target_;
  ConversionContext& context_;
  EntrySanitizer sanitizer_;
  EntrySelector selector_;
  std::unique_ptr<ArchiveInput> input_;
  std::string output_name_;
  std::unique_ptr<Writer> output_;
  std::unique_ptr<ArchiveWriter> writer_;  // writes into output_
  std::uint64_t complete_entries_ = 0;
  std::uint64_t files_ = 0;
  bool warned_hard_links_ = false;
  bool warned_losses_ = false;
};

}  // namespace convert::archive
