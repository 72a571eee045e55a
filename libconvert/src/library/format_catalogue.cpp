// SPDX-License-Identifier: MIT
#include "library/format_catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace convert::library {
namespace {

std::string did_you_mean(std::span<const Format> formats, std::string_view requested) {
  constexpr std::size_t kLongest = 16;  // longer than the name of any format
  if (requested.size() > kLongest) return {};
  const std::string requested_name = base::lower_case(requested);
  std::string suggestions;
  for (const Format& format : formats) {
    const std::size_t max_distance = format.name.size() > 4 ? 2 : 1;
    if (!format.writable || base::edit_distance(requested_name, format.name) > max_distance) continue;
    suggestions +=
        fmt::format("{}{}", suggestions.empty() ? " Did you mean " : " or ", base::in_quotes(format.name));
  }
  return suggestions.empty() ? suggestions : suggestions + "?";
}

}  // namespace

FormatCatalogue::FormatCatalogue(std::vector<std::shared_ptr<const Converter>> converters)
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

Result<TargetFormat> FormatCatalogue::target(std::string_view name) const {
  const Format* format = find_format(formats_, name);
  if (format == nullptr) {
    return Error{Errc::unsupported,
                 fmt::format("Unknown format {}.{} This build writes {}.", base::in_quotes(name),
                             did_you_mean(formats_, name), writable_names())};
  }
  if (!format->writable) {
    return Error{Errc::unsupported, fmt::format("{} ({}) can be read, but not written. This build writes {}.",
                                                format->title, format->name, writable_names())};
  }
  return TargetFormat{format, owners_[static_cast<std::size_t>(format - formats_.data())]};
}

std::vector<Recognition> FormatCatalogue::recognize(std::span<const std::byte> head) const {
  std::vector<Recognition> recognitions;
  for (const auto& converter : converters_) {
    const int certainty = converter->recognize(head);
    if (certainty > 0) recognitions.push_back({converter.get(), certainty});
  }
  std::stable_sort(recognitions.begin(), recognitions.end(),
                   [](const Recognition& a, const Recognition& b) { return a.certainty > b.certainty; });
  return recognitions;
}

bool FormatCatalogue::better_known_to_another(std::span<const std::byte> head,
                                              const Converter& requested) const {
  const bool known = std::any_of(converters_.begin(), converters_.end(), [&](const auto& converter) {
    return converter.get() != &requested && converter->recognize(head) >= kConfident;
  });
  if (!known) return false;  // the usual case: recognize once only
  const int certainty = requested.recognize(head);
  return certainty > 0 && certainty < kConfident;
}

std::string FormatCatalogue::writable_names() const {
  std::string names;
  for (const Format& format : formats_) {
    if (format.writable) names += fmt::format("{}{}", names.empty() ? "" : ", ", format.name);
  }
  return names.empty() ? "nothing" : names;
}

}  // namespace convert::library
