// SPDX-License-Identifier: MIT
#include "library/input_errors.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/text.hpp"

namespace convert::library {
namespace {

constexpr int kMaxNamesListed = 8;

std::string display_name(const Input& input) {
  return input.name.empty() ? "The input" : base::in_quotes(input.name);
}

std::string_view family_words(Family family) {
  switch (family) {
    case Family::audio:
      return "audio";
    case Family::video:
      return "video";
    case Family::image:
      return "a picture";
    case Family::archive:
      return "an archive";
  }
  return "of that kind";
}

/// The names of the first formats that pass the test, as "zip, 7z, ...".
template <class Test>
std::string format_names(std::span<const Format> formats, Test test) {
  std::string list;
  int count = 0;
  for (const Format& format : formats) {
    if (!test(format)) continue;
    if (++count > kMaxNamesListed) return list + ", ...";
    list += fmt::format("{}{}", list.empty() ? "" : ", ", format.name);
  }
  return list;
}

struct IdentifiedInput {
  std::string title;
  Family family = Family::audio;
};

/// The title of the input's format by a probe of the Converter, or the Converter's family if the input cannot
/// be read again.
IdentifiedInput identify(const FormatCatalogue& catalogue, const Converter& converter,
                         const GuardedInputs& inputs, const CallContext& call) {
  if (inputs.rewindable()) {
    ConvertOptions options = call.options();
    options.warning = [](const Warning&) {};
    auto info = converter.probe(inputs.inputs().front(), options);
    const Format* row = info ? find_format(catalogue.formats(), info->format) : nullptr;
    if (row != nullptr) return {std::string(row->title), row->family};
  }
  const auto formats = converter.formats();
  const Family family = formats.empty() ? Family::audio : formats.front().family;
  return {family == Family::archive ? "archive" : std::string(family_words(family)), family};
}

std::string with_article(const IdentifiedInput& found) {
  if (found.family != Family::archive || found.title.empty()) return found.title;
  constexpr std::string_view kSpokenAsVowel = "AEIOUaeiouXx";
  const bool vowel = kSpokenAsVowel.find(found.title.front()) != std::string_view::npos;
  return fmt::format("{} {}", vowel ? "an" : "a", found.title);
}

std::string remedy_for(const FormatCatalogue& catalogue, Family found, Family requested) {
  const auto list = format_names(
      catalogue.formats(), [&](const Format& format) { return format.writable && format.family == found; });
  if (found == Family::archive) {
    return list.empty()
               ? "name one entry with entry=NAME"
               : fmt::format("choose an archive format ({}) or name one entry with entry=NAME", list);
  }
  const std::string_view leave = requested == Family::archive ? " and leave out entry" : "";
  return list.empty() ? fmt::format("give another input{}", leave)
                      : fmt::format("choose a format that fits it ({}){}", list, leave);
}

}  // namespace

Error empty_input(const Input& input) {
  return Error{Errc::empty_input,
               fmt::format("{} is empty: it has no bytes. Check that it was written or uploaded completely.",
                           display_name(input))};
}

Error unrecognized_input_error(const FormatCatalogue& catalogue, const Input& input) {
  const auto list = format_names(catalogue.formats(), [](const Format& format) { return format.readable; });
  return Error{Errc::unrecognized_input,
               fmt::format("{} has no format that this build reads ({}), according to its content. "
                           "Check that it is the right file and that it is complete.",
                           display_name(input), list.empty() ? "it reads nothing" : list)};
}

Error explain_mismatch(const FormatCatalogue& catalogue, GuardedInputs& inputs, const CallContext& call,
                       const TargetFormat& requested, Error error) {
  if (error.code != Errc::unrecognized_input && error.code != Errc::no_such_stream) return error;
  if (inputs.head().empty()) return error;
  const auto recognitions = catalogue.recognize(inputs.head());
  // (An archive can hold files of any format: then the error has another reason.)
  const bool has_to_be_known =
      error.code == Errc::unrecognized_input && requested.format->family != Family::archive;
  if (recognitions.empty() && has_to_be_known)
    return unrecognized_input_error(catalogue, inputs.inputs().front());
  for (const Recognition& recognition : recognitions) {
    if (recognition.certainty < kConfident) break;
    if (recognition.converter == requested.converter) continue;
    const IdentifiedInput found = identify(catalogue, *recognition.converter, inputs, call);
    error.message = fmt::format("{} is {}, not {}: {}.", display_name(inputs.inputs().front()),
                                with_article(found), family_words(requested.format->family),
                                remedy_for(catalogue, found.family, requested.format->family));
    break;
  }
  return error;
}

}  // namespace convert::library
