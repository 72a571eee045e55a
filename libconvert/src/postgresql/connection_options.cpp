// SPDX-License-Identifier: MIT
#include "postgresql/connection_options.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"
#include "base/try.hpp"

namespace convert::postgresql {
namespace {

using ParameterMap = std::map<std::string, std::string, std::less<>>;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using ConninfoOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

/// Channels are named after the schema and have up to 63 bytes.
constexpr std::size_t kMaxSchemaName = 40;
constexpr std::size_t kMaxConnections = 1000;

/// What the program sets itself, or what would change the protocol.
constexpr std::array<std::string_view, 2> kReserved = {"client_encoding", "replication"};

/// The most useful ones, for messages.
constexpr std::array<std::string_view, 9> kCommonOptions = {
    "schema", "max_connections", "sslmode",         "sslrootcert",     "sslcert",
    "sslkey", "passfile",        "connect_timeout", "application_name"};

/// The bundles of certification authorities of Debian and Ubuntu, Fedora, Alpine.
constexpr std::array kSystemCertificates = {"/etc/ssl/certs/ca-certificates.crt",
                                            "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

Error invalid_database_uri(std::string_view reason) {
  return {
      Errc::invalid_argument,
      fmt::format("The URI of the database {}. Write postgresql://user@host:port/database?schema=name, and "
                  "percent-encode special characters of the user name and the password.",
                  reason)};
}

/// libpq's options and their values by the environment and the system.
ConninfoOptions default_options() { return ConninfoOptions(PQconndefaults()); }

bool is_libpq_option(std::string_view name) {
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) return false;
  if (name == "ssl") return true;  // of JDBC: libpq reads ssl=true as sslmode=require
  const ConninfoOptions options = default_options();
  for (const auto* option = options.get(); option && option->keyword; ++option) {
    if (name == option->keyword) return true;
  }
  return false;
}

Error unknown_option(std::string_view name) {
  std::string_view closest;
  std::size_t distance = 3;
  for (const std::string_view common : kCommonOptions) {
    const std::size_t edits = base::edit_distance(name, common);
    if (edits >= distance) continue;
    closest = common;
    distance = edits;
  }
  const std::string remedy = closest.empty()
                                 ? fmt::format("Some of its options: {}.", fmt::join(kCommonOptions, ", "))
                                 : fmt::format("Did you mean \"{}\"?", closest);
  return {Errc::unsupported,
          fmt::format("The URI of the database has no option {}. {}", base::in_quotes(name), remedy)};
}

Result<void> set_schema(std::string_view value, ConnectionOptions& options) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (value.empty() || value.size() > kMaxSchemaName || (value[0] >= '0' && value[0] <= '9') ||
      !std::all_of(value.begin(), value.end(), allowed) || value.starts_with("pg_")) {
    return Error{
        Errc::invalid_argument,
        fmt::format("The option schema of the database must be a name of up to {} lower-case letters, "
                    "digits and underscores that starts neither with a digit nor with \"pg_\".",
                    kMaxSchemaName)};
  }
  options.schema = value;
  return {};
}

Result<void> set_max_connections(std::string_view value, ConnectionOptions& options) {
  std::size_t number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc() || end != value.data() + value.size() || number < 1 ||
      number > kMaxConnections) {
    return Error{Errc::invalid_argument,
                 fmt::format("The option max_connections of the database must be a number from 1 to {}.",
                             kMaxConnections)};
  }
  options.max_connections = number;
  return {};
}

/// Applies our options, and returns the URI without them, for libpq.
Result<std::string> take_own_options(std::string_view uri, ConnectionOptions& options) {
  // As libpq reads it: the user and the password end at the first "@" that no "/" precedes.
  const std::size_t authority = uri.find("://") + 3;
  const std::size_t user_end = uri.find_first_of("@/", authority);
  const bool has_user = user_end != std::string_view::npos && uri[user_end] == '@';
  const std::size_t mark = uri.find('?', has_user ? user_end : authority);
  std::string rest(uri.substr(0, mark));
  if (mark == std::string_view::npos) return rest;
  std::vector<std::string_view> names;
  char separator = '?';
  for (std::string_view text = uri.substr(mark + 1); !text.empty();) {
    const std::string_view option = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(option.size() + 1, text.size()));
    const std::size_t equals = option.find('=');
    if (equals == 0 || equals == std::string_view::npos)
      return invalid_database_uri("has an option without a name or a value");
    const std::string_view name = option.substr(0, equals);
    if (std::find(names.begin(), names.end(), name) != names.end())
      return invalid_database_uri(fmt::format("repeats the option {}", base::in_quotes(name)));
    names.push_back(name);
    if (name == "schema") {
      CONVERT_TRY(set_schema(option.substr(equals + 1), options));
    } else if (name == "max_connections") {
      CONVERT_TRY(set_max_connections(option.substr(equals + 1), options));
    } else if (!is_libpq_option(name)) {
      return unknown_option(name);
    } else {
      rest += separator;
      rest += option;
      separator = '&';
    }
  }
  return rest;
}

/// The parameters of the URI. libpq's own messages would quote parts of it, such as a password with a slash.
Result<ParameterMap> parse_parameters(const std::string& uri) {
  char* reason = nullptr;
  const ConninfoOptions parsed(PQconninfoParse(uri.c_str(), &reason));
  PQfreemem(reason);
  if (!parsed) return invalid_database_uri("cannot be read");
  ParameterMap parameters;
  for (const auto* option = parsed.get(); option->keyword; ++option) {
    if (option->val) parameters.emplace(option->keyword, option->val);
  }
  const auto dbname = parameters.find("dbname");
  if (dbname != parameters.end() && dbname->second.find_first_of("/@") != std::string::npos)
    return invalid_database_uri("has a \"/\" or \"@\" in the name of the database");
  const auto port = parameters.find("port");
  if (port != parameters.end() && port->second.find_first_not_of("0123456789,") != std::string::npos)
    return invalid_database_uri("has a port that is no number");
  return parameters;
}

/// The value in the URI, else in the environment, else libpq's default, else "".
std::string effective(const ParameterMap& parameters, const ConninfoOptions& defaults,
                      std::string_view name) {
  if (const auto found = parameters.find(name); found != parameters.end()) return found->second;
  for (const auto* option = defaults.get(); option && option->keyword; ++option) {
    if (name == option->keyword && option->val) return option->val;
  }
  return {};
}

bool in_environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value;
}

void use_system_certificates(ParameterMap& parameters) {
  std::error_code failure;
  const char* home = std::getenv("HOME");
  if (home && std::filesystem::exists(std::filesystem::path(home) / ".postgresql/root.crt", failure)) return;
  for (const char* bundle : kSystemCertificates) {
    if (!std::filesystem::exists(bundle, failure)) continue;
    parameters.try_emplace("sslrootcert", bundle);
    return;
  }
}

void set_defaults(ParameterMap& parameters) {
  const auto set = [&](const char* name, const char* variable, const char* value) {
    if (!in_environment(variable)) parameters.try_emplace(name, value);
  };
  set("sslmode", "PGSSLMODE", "verify-full");
  set("target_session_attrs", "PGTARGETSESSIONATTRS", "read-write");
  set("connect_timeout", "PGCONNECT_TIMEOUT", "5");
  set("application_name", "PGAPPNAME", "convert");
  set("gssencmode", "PGGSSENCMODE", "disable");
  // A host that vanishes while the connection is idle is noticed after 25 s.
  parameters.try_emplace("keepalives_idle", "10");
  parameters.try_emplace("keepalives_interval", "5");
  parameters.try_emplace("keepalives_count", "3");
  parameters["client_encoding"] = "UTF8";
  const auto mode = parameters.find("sslmode");
  const bool verifies = mode == parameters.end() || mode->second.starts_with("verify-");
  if (verifies && !parameters.contains("sslrootcert") && !in_environment("PGSSLROOTCERT"))
    use_system_certificates(parameters);
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

std::string describe_target(const ParameterMap& parameters, const ConninfoOptions& defaults) {
  const auto value = [&](std::string_view name) { return effective(parameters, defaults, name); };
  const auto hosts = split_at_commas(value("host").empty() ? value("hostaddr") : value("host"));
  const auto ports = split_at_commas(value("port"));
  std::vector<std::string> places;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const std::string& port = ports.size() == 1 ? ports[0] : i < ports.size() ? ports[i] : std::string();
    const std::string& host = hosts[i].empty() ? "the local socket" : hosts[i];
    places.push_back(port.empty() ? host : fmt::format("{}:{}", host, port));
  }
  return fmt::format("database {} at {}", value("dbname").empty() ? value("user") : value("dbname"),
                     fmt::join(places, ","));
}

}  // namespace

Result<ConnectionOptions> parse_connection_uri(std::string_view uri) {
  if (!uri.starts_with("postgresql://") && !uri.starts_with("postgres://"))
    return invalid_database_uri("does not start with \"postgresql://\"");
  if (uri.find('\0') != std::string_view::npos) return invalid_database_uri("contains a NUL");
  ConnectionOptions options;
  CONVERT_TRY_ASSIGN(const std::string rest, take_own_options(uri, options));
  CONVERT_TRY_ASSIGN(ParameterMap parameters, parse_parameters(rest));
  set_defaults(parameters);
  const ConninfoOptions defaults = default_options();
  options.target = describe_target(parameters, defaults);
  options.password = effective(parameters, defaults, "password");
  const auto timeout = std::to_string(options.tcp_user_timeout.count());
  parameters.try_emplace("tcp_user_timeout", timeout);
  options.parameters.assign(parameters.begin(), parameters.end());
  return options;
}

}  // namespace convert::postgresql
