// SPDX-License-Identifier: MIT
#include "archive/conversion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "archive/names.hpp"
#include "archive/plan.hpp"
#include "io/names.hpp"
#include "io/spool.hpp"

namespace convert::archive {

Conversion::Conversion(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec, Shape target,
                       Context& context)
    : inputs_(inputs),
      outputs_(outputs),
      spec_(spec),
      target_(target),
      context_(context),
      gate_(context),
      selection_(spec.entry) {}

Result<Report> Conversion::run() {
  auto source = Source::open(inputs_, selection_.active(), Purpose::convert, context_);
  if (!source) return source.error();
  source_ = *std::move(source);
  if (selection_.active() && !source_->shape()) {
    return Error{Errc::unrecognized_input,
                 "The input is no archive, so that no entry can be taken out of it: leave entry away."};
  }
  if (auto passed = pass_entries(); !passed) return passed.error();
  if (selection_.active() && !selection_.found()) return selection_.missing();
  if (auto safe = gate_.finish(); !safe) return safe.error();
  if (auto fine = check_files(); !fine) return fine.error();
  if (auto started = start(nullptr); !started) return started.error();
  if (auto closed = writer_->close(); !closed) return closed.error();
  return report();
}

Result<void> Conversion::pass_entries() {
  for (;;) {
    if (auto going = context_.step(); !going) return going;
    auto next = source_->entries().next();
    if (!next) {
      if (!survives(next.error(), 0)) return next.error();
      warn_of_cut(nullptr, 0);
      return {};
    }
    if (!*next) return {};
    if (selection_.active() && !selection_.matches((*next)->name)) continue;
    auto more = pass(*std::move(*next));
    if (!more) return more.error();
    if (*more == More::no || selection_.active()) return {};
  }
}

Result<Conversion::More> Conversion::pass(Entry entry) {
  // Names of inputs are clean already; whatever an archive says is not.
  if (source_->is_archive()) {
    auto admitted = gate_.admit(entry);
    if (!admitted) return admitted.error();
    if (!*admitted) return More::yes;
  }
  if (entry.encrypted) {
    return Error{
        Errc::encrypted_input,
        fmt::format("The entry \"{}\" is encrypted: unpack the archive with its password first, then convert "
                    "that.",
                    entry.name)};
  }
  if (selection_.active()) {
    if (auto fine = check_selected(entry); !fine) return fine.error();
  }
  if (single()) return pass_single(entry);
  const bool links = target_.container == Container::tar;
  if (entry.kind == EntryKind::hard_link && !links) replace_hard_link(entry);
  warn_of_losses(entry);
  return store(entry);
}

/// Of the entries for a target that holds one file, the first is stored and the others are counted.
Result<Conversion::More> Conversion::pass_single(const Entry& entry) {
  if (entry.kind == EntryKind::symbolic_link) {
    context_.warn_often(WarningCode::entry_skipped,
                        fmt::format("The entry \"{}\" is a link and was left out.", entry.name));
  }
  if (entry.kind != EntryKind::file && entry.kind != EntryKind::hard_link) return More::yes;
  if (++files_ > 1) return More::yes;
  return entry.kind == EntryKind::file ? store(entry) : Result<More>(More::yes);
}

Result<void> Conversion::check_selected(const Entry& entry) const {
  switch (entry.kind) {
    case EntryKind::file:
      return {};
    case EntryKind::symbolic_link:
    case EntryKind::hard_link:
      return Error{Errc::invalid_argument,
                   fmt::format("entry: \"{}\" is a link to \"{}\". Ask for that.", entry.name, entry.target)};
    case EntryKind::folder:
    case EntryKind::special:
      break;
  }
  return Error{Errc::invalid_argument, fmt::format("entry: \"{}\" is no file. Name a file.", entry.name)};
}

Result<void> Conversion::check_files() const {
  if (!single() || files_ == 1) return {};
  if (files_ == 0)
    return Error{Errc::not_found, "The archive has no file in it: there is nothing to convert."};
  const auto& row = row_of(target_);
  const auto counted = source_->shape() ? "The archive has" : "There are";
  const auto instead = target_.filter == Filter::none ? std::string("Choose zip, 7z or tar")
                                                      : fmt::format("Choose tar.{}, zip or 7z", row.name);
  return Error{Errc::invalid_argument,
               fmt::format("{} {} files, and {} holds one. {}, or name the one with entry=NAME.", counted,
                           files_, row.name, instead)};
}

/// zip and 7z have no hard links. A symbolic one leads to the same bytes.
void Conversion::replace_hard_link(Entry& entry) {
  entry.kind = EntryKind::symbolic_link;
  entry.target = relative_target(entry.name, entry.target);
  archive_entry_set_hardlink(entry.meta.get(), nullptr);
  archive_entry_set_filetype(entry.meta.get(), AE_IFLNK);
  archive_entry_set_perm(entry.meta.get(), 0777);
  if (std::exchange(told_hard_links_, true)) return;
  context_.warn(WarningCode::metadata_lost,
                fmt::format("{} has no hard links: they became symbolic links.", row_of(target_).name));
}

void Conversion::warn_of_losses(const Entry& entry) {
  auto* const meta = entry.meta.get();
  if (target_.container == Container::tar || told_losses_) return;
  const bool more = archive_entry_xattr_count(meta) > 0 || archive_entry_acl_types(meta) != 0;
  if (!more) return;
  told_losses_ = true;
  context_.warn(WarningCode::metadata_lost,
                fmt::format("{} cannot hold access control lists and extended attributes: they are left out.",
                            row_of(target_).name));
}

Result<Conversion::More> Conversion::store(const Entry& entry) {
  if (auto started = start(&entry); !started) return started.error();
  if (entry.kind == EntryKind::file) return copy(entry);
  if (auto begun = writer_->begin(entry); !begun) return begun.error();
  if (auto ended = writer_->end(); !ended) return ended.error();
  ++whole_entries_;
  return More::yes;
}

Result<void> Conversion::start(const Entry* first) {
  if (writer_) return {};
  output_name_ = output_name(first);
  auto output = outputs_.create(output_name_);
  if (!output) return output.error();
  output_ = *std::move(output);
  const unsigned threads = context_.much_input() ? std::max(context_.options().threads_now(), 1U) : 1;
  auto writer = EntryWriter::open({target_, spec_.level, threads}, *output_, context_);
  if (!writer) return writer.error();
  writer_ = *std::move(writer);
  return {};
}

/// "song.wav" becomes "song.wav.gz", as gzip itself would call it, but "song.zip".
std::string Conversion::output_name(const Entry* first) const {
  const auto& row = row_of(target_);
  if (single() && first != nullptr) {
    const auto name = last_part(first->name).value_or("file");
    if (row.extensions.empty()) return name;
    return fmt::format("{}.{}", io::extensible(name), row.extensions.front());
  }
  return fmt::format("{}.{}", io::base_name(formats(), input_name(inputs_.front().name)),
                     row.extensions.front());
}

bool Conversion::survives(const Error& error, std::uint64_t bytes) const {
  if (error.code != Errc::truncated_input || selection_.active()) return false;
  return source_->is_archive() ? whole_entries_ > 0 : bytes > 0;
}

Result<Report> Conversion::report() {
  context_.finish_warnings();
  writer_.reset();
  if (auto committed = output_->commit(); !committed) return committed.error();
  const auto& row = row_of(target_);
  Report report;
  OutputReport made;
  made.name = output_name_;
  made.format = row.name;
  made.mime_type = row.mime_type;
  made.size = context_.written();
  report.outputs.push_back(std::move(made));
  const auto& shape = source_->shape();
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    report.streams.push_back(
        stream_plan(static_cast<int>(i), shape ? row_of(*shape).name : "file", target_, spec_));
  }
  return report;
}

}  // namespace convert::archive
