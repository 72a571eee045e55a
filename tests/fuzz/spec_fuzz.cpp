// SPDX-License-Identifier: MIT
// Untrusted options: a text is rejected with a message, or gives a valid spec that survives a round trip
// through JSON.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <convert/json.hpp>
#include <convert/output_spec.hpp>

namespace {

/// Aborts if the condition is false, so that the fuzzer keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

void check_round_trip(const convert::OutputSpec& spec) {
  require(convert::validate(spec).has_value());
  const auto json = convert::to_json(spec);
  const auto again = convert::parse_spec(json);
  require(again.has_value());
  require(*again == spec);
  require(convert::to_json(*again) == json);
}

void check(const convert::Result<convert::OutputSpec>& result) {
  if (result) {
    check_round_trip(*result);
    return;
  }
  const auto& error = result.error();
  require(error.code == convert::Errc::invalid_argument || error.code == convert::Errc::unsupported);
  require(!error.message.empty());
  // A message is fit for JSON as it is: nothing in it had to be repaired.
  require(convert::to_json(error).find("\xEF\xBF\xBD") == std::string::npos ||
          error.message.find("\xEF\xBF\xBD") != std::string::npos);
}

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    result.emplace_back(line);
    text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
  }
  return result;
}

/// `set` does not change the spec if it fails, and sets valid fields otherwise.
void check_set(const std::vector<std::string>& words) {
  convert::OutputSpec spec;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) continue;
    const auto before = spec;
    if (!convert::set_option(spec, word.substr(0, equals), word.substr(equals + 1))) require(spec == before);
  }
  (void)convert::validate(spec);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(convert::parse_spec(text));
  const auto words = lines(text);
  check(convert::parse_options(words));
  check_set(words);
  return 0;
}
