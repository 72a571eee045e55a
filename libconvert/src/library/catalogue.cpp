// SPDX-License-Identifier: MIT
#include "library/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "io/names.hpp"
#include "library/spec_text.hpp"

namespace convert::library {
namespace {

std::string did_you_mean(std::span<const Format> formats, std::string_view asked) {
  constexpr std::size_t kLongest = 16;  // no format is called longer than that
  if (asked.size() > kLongest) return {};
  const std::string wanted = lower_case(asked);
  std::string near;
  for (const Format& format : formats) {
    const std::size_t most = format.name.size() > 4 ? 2 : 1;
    if (!format.writable || edit_distance(wanted, format.name) > most) continue;
    near += fmt::format("{}{}", near.empty() ? " Did you mean " : " or ", library::in_quotes(format.name));
  }
  return near.empty() ? near : near + "?";
}

}  // namespace

Catalogue::Catalogue(std::vector<std::shared_ptr<const Converter>> converters)
    : converters_(std::move(converters)) {
  std::erase(converters_, nullptr);
  for (const auto& converter : converters_) {
    for (const Format& format : converter->formats()) {
      const bool taken = std::any_of(formats_.begin(), formats_.end(),
                                     [&](const Format& other) { return other.name == format.name; });
      if (taken) continue;
      formats_.push_back(format);
      owners_.push_back(converter.get());
    }
  }
}

Result<Target> Catalogue::target(std::string_view name) const {
  const Format* format = find_format(formats_, name);
  if (format == nullptr) {
    return Error{Errc::unsupported,
                 fmt::format("format: there is no {}.{} This build writes {}.", library::in_quotes(name),
                             did_you_mean(formats_, name), writable_names())};
  }
  if (!format->writable) {
    return Error{Errc::unsupported,
                 fmt::format("format: {} ({}) can be read, but not written. This build writes {}.",
                             format->title, format->name, writable_names())};
  }
  return Target{format, owners_[static_cast<std::size_t>(format - formats_.data())]};
}

std::vector<Guess> Catalogue::recognize(std::span<const std::byte> head) const {
  std::vector<Guess> guesses;
  for (const auto& converter : converters_) {
    const int certainty = converter->recognize(head);
    if (certainty > 0) guesses.push_back({converter.get(), certainty});
  }
  std::stable_sort(guesses.begin(), guesses.end(),
                   [](const Guess& a, const Guess& b) { return a.certainty > b.certainty; });
  return guesses;
}

bool Catalogue::belongs_to_another(std::span<const std::byte> head, const Converter& asked) const {
  const bool known = std::any_of(converters_.begin(), converters_.end(), [&](const auto& converter) {
    return converter.get() != &asked && converter->recognize(head) >= kWellKnown;
  });
  if (!known) return false;  // the usual case: `asked` need not look twice
  const int certainty = asked.recognize(head);
  return certainty > 0 && certainty < kWellKnown;
}

std::string Catalogue::writable_names() const {
  std::string names;
  for (const Format& format : formats_) {
    if (format.writable) names += fmt::format("{}{}", names.empty() ? "" : ", ", format.name);
  }
  return names.empty() ? "nothing" : names;
}

}  // namespace convert::library
