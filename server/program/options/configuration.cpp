// SPDX-License-Identifier: MIT
#include "configuration.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace convertd {
namespace {

using std::string_view;

constexpr std::size_t kMaxConfigBytes = 1 << 20;  // of a file

string_view trimmed(string_view text) {
  constexpr string_view space = " \t\r";
  const auto first = text.find_first_not_of(space);
  if (first == string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// A "#" within a word, as in a path, is none that begins a comment.
string_view without_comment(string_view line) {
  for (std::size_t at = line.find('#'); at != string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  }
  return line;
}

Error at(string_view where, const Error& error) {
  return {error.code, fmt::format("{}: {}", where, error.message), false};
}

Result<void> read_line(string_view line, const std::string& where, const std::vector<OptionGroup>& table,
                       std::vector<OptionValue>& all) {
  const auto equals = line.find('=');
  if (equals == string_view::npos) {
    return usage_error(fmt::format("{}: {} is no line like \"name = value\".", where, in_quotes(line)));
  }
  const auto name = trimmed(line.substr(0, equals));
  const Option* option = find_option(table, name);
  if (option == nullptr) return at(where, unknown_option(table, name));
  if (name == "config") return usage_error(fmt::format("{}: A file cannot name another one.", where));
  return add_value(
      all, {option, std::string(trimmed(line.substr(equals + 1))), fmt::format("{}, {}", where, name)});
}

}  // namespace

Result<std::vector<OptionValue>> parse_config(string_view text, string_view name,
                                              const std::vector<OptionGroup>& table) {
  std::vector<OptionValue> all;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = trimmed(without_comment(text.substr(0, end)));
    text.remove_prefix(end == string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (auto read = read_line(line, fmt::format("{}, line {}", name, number), table, all); !read) {
      return read.error();
    }
  }
  return all;
}

Result<std::vector<OptionValue>> read_config_file(const std::filesystem::path& file,
                                                  const std::vector<OptionGroup>& table) {
  const auto refused = [&](int code) {
    const bool missing = code == ENOENT || code == ENOTDIR;
    return Error{missing ? Errc::not_found : Errc::io,
                 fmt::format("The configuration file {} cannot be read: {}.", file.string(),
                             std::generic_category().message(code)),
                 false};
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "re"), &std::fclose);
  if (!stream) return refused(errno);
  std::string text;
  std::array<char, 4096> block{};
  while (const auto count = std::fread(block.data(), 1, block.size(), stream.get())) {
    text.append(block.data(), count);
    if (text.size() > kMaxConfigBytes)
      return usage_error(fmt::format("{} is too large for a configuration file.", file.string()));
  }
  if (std::ferror(stream.get()) != 0) return refused(errno);
  constexpr string_view kByteOrderMark = "\xEF\xBB\xBF";  // some editors begin every file with it
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return parse_config(text, file.string(), table);
}

}  // namespace convertd
