// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <convert/output_spec.hpp>
#include <convert/plan.hpp>

#include "archive/context.hpp"
#include "archive/formats.hpp"
#include "archive/gate.hpp"
#include "archive/selection.hpp"
#include "archive/source.hpp"
#include "archive/writer.hpp"

namespace convert::archive {

/// One call of `convert`: entries from a source, through the gate, into one output.
class Conversion {
 public:
  Conversion(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec, Shape target,
             Context& context);
  Result<Report> run();

 private:
  enum class More : std::uint8_t { yes, no };

  Result<void> pass_entries();
  Result<More> pass(Entry entry);
  Result<More> pass_single(const Entry& entry);
  Result<More> store(const Entry& entry);
  Result<More> copy(const Entry& entry);
  Result<void> store_spooled(const Entry& entry, Reader& bytes);
  Result<void> check_selected(const Entry& entry) const;
  Result<void> check_files() const;
  void replace_hard_link(Entry& entry);
  void warn_of_losses(const Entry& entry);
  bool survives(const Error& error, std::uint64_t bytes) const;
  void warn_of_cut(const Entry* entry, std::uint64_t bytes);
  Result<void> start(const Entry* first);
  std::string output_name(const Entry* first) const;
  Result<Report> report();

  bool single() const { return target_.container == Container::file; }

  std::span<const Input> inputs_;
  Outputs& outputs_;
  const OutputSpec& spec_;
  Shape target_;
  Context& context_;
  Gate gate_;
  Selection selection_;
  std::unique_ptr<Source> source_;
  std::string output_name_;
  std::unique_ptr<Writer> output_;
  std::unique_ptr<EntryWriter> writer_;  // writes into output_
  std::uint64_t whole_entries_ = 0;
  std::uint64_t files_ = 0;
  bool told_hard_links_ = false;
  bool told_losses_ = false;
};

}  // namespace convert::archive
