// SPDX-License-Identifier: MIT
#include "archive/survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "archive/content.hpp"
#include "archive/gate.hpp"
#include "archive/source.hpp"
#include "io/head_reader.hpp"

namespace convert::archive {
namespace {

constexpr std::uint64_t kForwardLook = std::uint64_t{1} << 20;
constexpr std::uint64_t kSeekableLook = std::uint64_t{16} << 20;
constexpr std::size_t kSurveyHead = 512;

/// Ends after so many bytes, and remembers that it did.
class BoundedReader : public Reader {
 public:
  BoundedReader(Reader& source, std::uint64_t bound) : source_(source), bound_(bound) {}
  std::optional<std::uint64_t> size() const override { return source_.size(); }
  bool seekable() const override { return source_.seekable(); }
  std::optional<int> native_handle() const override { return source_.native_handle(); }
  bool reached() const { return reached_; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset >= bound_) {
      reached_ = true;
      return std::size_t{0};
    }
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), bound_ - offset));
    return source_.read_at(offset, into.first(count));
  }

 private:
  Reader& source_;
  std::uint64_t bound_;
  bool reached_ = false;
};

/// How much may be read: all of an archive whose headers can be jumped to, else the begin.
std::uint64_t bound_for(const Reader& reader, const std::optional<Shape>& head) {
  if (!reader.seekable()) return kForwardLook;
  return head && head->filter == Filter::none ? std::numeric_limits<std::uint64_t>::max() : kSeekableLook;
}

void add(Survey& found, const Entry& entry) {
  if (entry.kind == EntryKind::file || entry.kind == EntryKind::hard_link) ++found.files;
  if (entry.kind == EntryKind::file) {
    found.unpacked =
        found.unpacked && entry.size ? std::optional(*found.unpacked + *entry.size) : std::nullopt;
  }
  found.entries.push_back(info_of(entry));
}

Result<void> vet(Gate& gate, Entry& entry) {
  if (auto admitted = gate.admit(entry); !admitted) return admitted.error();
  if (!entry.encrypted) return {};
  return Error{
      Errc::encrypted_input,
      fmt::format(
          "The entry \"{}\" is encrypted: unpack the archive with its password first, then convert that.",
          entry.name)};
}

Result<void> list(Source& source, SurveyMode mode, Context& context, Survey& found) {
  Gate gate(context);
  for (;;) {
    if (found.entries.size() >= context.limits().archive_entries && !mode.refuse) {
      found.complete = false;
      return {};
    }
    auto next = source.entries().next();
    if (!next) return next.error();
    if (!*next) return {};
    Entry entry = *std::move(*next);
    if (mode.refuse && source.is_archive()) {
      if (auto fine = vet(gate, entry); !fine) return fine;
    }
    add(found, entry);
  }
}

}  // namespace

Result<Survey> survey(const Input& input, SurveyMode mode, Context& context) {
  io::HeadReader head_reader(*input.bytes, io::HeadReader::Keep::head);
  auto head = head_reader.head(kSurveyHead);
  if (!head) return head.error();
  const auto known = recognize_head(*head);
  const bool hidden_list = known && known->container == Container::seven_zip && !head_reader.seekable();
  BoundedReader bounded(head_reader, bound_for(head_reader, known));
  Survey found;
  if (hidden_list) {
    found.shape = known;
    found.complete = false;
    found.unpacked.reset();
    return found;
  }
  const Input part{&bounded, input.name};
  auto source = Source::open(std::span(&part, 1), mode.documents_are_archives, Purpose::look, context);
  if (!source) {
    if (!bounded.reached()) return source.error();
    found.shape = known;
    found.complete = false;
    return found;
  }
  found.shape = (*source)->shape();
  if (!found.shape) {
    found.files = 1;
    found.unpacked = input.bytes->size();
    return found;
  }
  auto listed = list(**source, mode, context, found);
  const bool survivable =
      bounded.reached() ||
      (listed ? false : listed.error().code == Errc::truncated_input && !found.entries.empty());
  if (!listed && !survivable) return listed.error();
  if (!listed || bounded.reached()) found.complete = false;
  if (!found.complete) found.unpacked.reset();
  if (!listed && !bounded.reached()) {
    context.warn(WarningCode::truncated, "The input ends too early: only the entries before that are there.");
  }
  return found;
}

}  // namespace convert::archive
