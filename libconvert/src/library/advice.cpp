// SPDX-License-Identifier: MIT
#include "library/advice.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "io/names.hpp"
#include "library/spec_text.hpp"

namespace convert::library {
namespace {

constexpr int kMostNames = 8;

std::string name_of(const Input& input) {
  return input.name.empty() ? "The input" : library::in_quotes(input.name);
}

std::string_view family_words(Family family) {
  switch (family) {
    case Family::audio:
      return "sound";
    case Family::video:
      return "video";
    case Family::image:
      return "a picture";
    case Family::archive:
      return "an archive";
  }
  return "of that kind";
}

/// The first formats of `family` that pass the test, as "zip, 7z, ...".
template <class Test>
std::string names(std::span<const Format> formats, Test test) {
  std::string list;
  int count = 0;
  for (const Format& format : formats) {
    if (!test(format)) continue;
    if (++count > kMostNames) return list + ", ...";
    list += fmt::format("{}{}", list.empty() ? "" : ", ", format.name);
  }
  return list;
}

struct Found {
  std::string title;
  Family family = Family::audio;
};

/// What the Converter says the input is; less exactly when the input cannot be read once more.
Found identify(const Catalogue& catalogue, const Converter& converter, const GuardedInputs& inputs,
               const Call& call) {
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

std::string with_article(const Found& found) {
  if (found.family != Family::archive || found.title.empty()) return found.title;
  constexpr std::string_view kSpokenAsVowel = "AEIOUaeiouXx";
  const bool vowel = kSpokenAsVowel.find(found.title.front()) != std::string_view::npos;
  return fmt::format("{} {}", vowel ? "an" : "a", found.title);
}

std::string what_to_do(const Catalogue& catalogue, Family found, Family asked) {
  const auto list = names(catalogue.formats(),
                          [&](const Format& format) { return format.writable && format.family == found; });
  if (found == Family::archive) {
    return list.empty()
               ? "name one entry with entry=NAME"
               : fmt::format("choose an archive format ({}) or name one entry with entry=NAME", list);
  }
  const std::string_view leave = asked == Family::archive ? " and leave out entry" : "";
  return list.empty() ? fmt::format("give another input{}", leave)
                      : fmt::format("choose a format that fits it ({}){}", list, leave);
}

}  // namespace

Error empty_input(const Input& input) {
  return Error{Errc::empty_input,
               fmt::format("{} is empty: it has no bytes. Check that it was written or uploaded completely.",
                           name_of(input))};
}

Error unrecognized(const Catalogue& catalogue, const Input& input) {
  const auto list = names(catalogue.formats(), [](const Format& format) { return format.readable; });
  return Error{
      Errc::unrecognized_input,
      fmt::format("{} is of no kind that this build reads ({}); its content was looked at, not its name. "
                  "Check that it is the right file and that it is complete.",
                  name_of(input), list.empty() ? "it reads nothing" : list)};
}

Error advise(const Catalogue& catalogue, GuardedInputs& inputs, const Call& call, const Target& asked,
             Error error) {
  if (error.code != Errc::unrecognized_input && error.code != Errc::no_such_stream) return error;
  if (inputs.head().empty()) return error;
  const auto guesses = catalogue.recognize(inputs.head());
  // (A file of any kind can be packed: then the refusal is about something else.)
  const bool has_to_be_known =
      error.code == Errc::unrecognized_input && asked.format->family != Family::archive;
  if (guesses.empty() && has_to_be_known) return unrecognized(catalogue, inputs.inputs().front());
  for (const Guess& guess : guesses) {
    if (guess.certainty < kWellKnown) break;
    if (guess.converter == asked.converter) continue;
    const Found found = identify(catalogue, *guess.converter, inputs, call);
    error.message = fmt::format("{} is {}, not {}: {}.", name_of(inputs.inputs().front()),
                                with_article(found), family_words(asked.format->family),
                                what_to_do(catalogue, found.family, asked.format->family));
    break;
  }
  return error;
}

}  // namespace convert::library
