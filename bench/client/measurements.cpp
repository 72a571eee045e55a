// SPDX-License-Identifier: MIT
#include "measurements.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bench {
namespace {

/// The nearest-rank percentile.
double percentile(const std::vector<double>& sorted, double part) {
  const auto rank = static_cast<std::size_t>(part * static_cast<double>(sorted.size()) + 0.999999);
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

std::string quoted(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') safe += '\\';
    safe += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
  }
  return '"' + safe + '"';
}

}  // namespace

std::size_t Measurements::count(const std::string& step) const {
  const auto found = times_.find(step);
  return found == times_.end() ? 0 : found->second.size();
}

std::string Measurements::json() const {
  std::vector<std::string> steps;
  for (auto [name, times] : times_) {
    std::sort(times.begin(), times.end());
    steps.push_back(fmt::format(R"("{}":{{"count":{},"p50":{:.6f},"p95":{:.6f},"p99":{:.6f},"most":{:.6f}}})",
                                name, times.size(), percentile(times, 0.5), percentile(times, 0.95),
                                percentile(times, 0.99), times.back()));
  }
  std::vector<std::string> errors;
  for (const auto& [text, count] : errors_) errors.push_back(fmt::format("{}:{}", quoted(text), count));
  std::string numbers;
  for (const auto& [name, value] : numbers_) numbers += fmt::format(R"(,"{}":{:.6f})", name, value);
  return fmt::format(R"({{"steps":{{{}}},"errors":{{{}}},"retries":{},"bytes":{}{}}})", fmt::join(steps, ","),
                     fmt::join(errors, ","), retries_, bytes_, numbers);
}

}  // namespace bench
