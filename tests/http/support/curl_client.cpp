// SPDX-License-Identifier: MIT
#include "http/support/curl_client.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ostream>

#include "support/shell_command.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

const char* proxy() { return std::getenv("CONVERT_HTTP_PROXY_FOR_TESTS"); }

bool has_option(const std::vector<std::string>& arguments, std::string_view option) {
  return std::find(arguments.begin(), arguments.end(), option) != arguments.end();
}

std::string command_line(const std::vector<std::string>& arguments, const TemporaryFolder& folder) {
  std::string line = "exec curl -q -sS --globoff -w '%{http_code}' -D " + quoted(folder / "head");
  // Ignores the user's configuration and proxies.
  line += proxy() != nullptr ? " --noproxy '' --proxy " + std::string(proxy()) : " --noproxy '*'";
  if (!has_option(arguments, "-m")) line += " -m 60";
  if (!has_option(arguments, "-o") && !has_option(arguments, "-O")) line += " -o " + quoted(folder / "body");
  for (const auto& argument : arguments) {
    line += " '";
    for (const char letter : argument) line += letter == '\'' ? "'\\''" : std::string(1, letter);
    line += '\'';
  }
  return line + " >" + quoted(folder / "code") + " 2>" + quoted(folder / "errors");
}

/// Fields of the last header; headers of a 100 or a redirect may precede it.
void read_head(std::string_view text, CurlResponse& response) {
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    auto line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) response.fields.clear();
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    auto value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    response.fields.emplace_back(line.substr(0, colon), value);
  }
}

}  // namespace

std::optional<std::string> CurlResponse::field(std::string_view name) const {
  const std::string expected(name);
  for (const auto& [key, value] : fields) {
    if (::strcasecmp(key.c_str(), expected.c_str()) == 0) return value;
  }
  return {};
}

CurlResponse curl(const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  CurlResponse response;
  response.exit = run(command_line(arguments, folder)).status;
  const auto code = read_file(folder / "code");
  std::from_chars(code.data(), code.data() + code.size(), response.status);
  read_head(read_file(folder / "head"), response);
  response.body = read_file(folder / "body");
  response.errors = read_file(folder / "errors");
  return response;
}

std::ostream& operator<<(std::ostream& out, const CurlResponse& response) {
  constexpr std::size_t kShown = 600;
  return out << "status " << response.status << ", curl's exit " << response.exit << ' ' << response.errors
             << '\n'
             << response.body.substr(0, kShown);
}

bool through_proxy() { return proxy() != nullptr; }

}  // namespace convert::test
