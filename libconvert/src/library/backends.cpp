// SPDX-License-Identifier: MIT
// The backends that this build has, by the scheme of their addresses.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <span>
#include <vector>

#include <convert/job_store.hpp>
#include <convert/queue.hpp>
#include <convert/storage.hpp>

#include "library/uri.hpp"

namespace convert {
namespace {

using library::Uri;

template <class Seam>
struct Backend {
  std::string_view scheme;
  bool has_path;
  std::vector<std::string_view> options;
  Result<std::shared_ptr<Seam>> (*open)(const Uri&);
};

Result<std::shared_ptr<Storage>> open_disk(const Uri& uri);
Result<std::shared_ptr<JobStore>> open_sqlite(const Uri& uri);

std::vector<Backend<Storage>> storages() {
  return {
      {"memory", false, {}, [](const Uri&) { return Result(memory_storage()); }},
      {"file", true, {"durability"}, open_disk},
  };
}

std::vector<Backend<JobStore>> job_stores() {
  return {
      {"memory", false, {}, [](const Uri&) { return Result(memory_job_store()); }},
      {"sqlite", true, {"busy_timeout", "durability"}, open_sqlite},
  };
}

std::vector<Backend<Queue>> queues() {
  return {
      {"memory", false, {}, [](const Uri&) { return Result(memory_queue()); }},
  };
}

Error bad_option(std::string_view name, std::string_view allowed, std::string_view value) {
  return Error{Errc::invalid_argument,
               fmt::format("The option {} has to be {}, not \"{}\".", name, allowed, value)};
}

/// The options that were not given keep what they are.
Result<void> read_durability(const Uri& uri, Durability& durability) {
  const auto option = uri.options.find("durability");
  if (option == uri.options.end()) return {};
  if (option->second != "power" && option->second != "process") {
    return bad_option(option->first, "power or process", option->second);
  }
  durability = option->second == "power" ? Durability::power : Durability::process;
  return {};
}

Result<void> read_busy_timeout(const Uri& uri, std::chrono::milliseconds& timeout) {
  const auto option = uri.options.find("busy_timeout");
  if (option == uri.options.end()) return {};
  const std::string& text = option->second;
  std::int32_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value < 0) {
    return bad_option(option->first, "a number of milliseconds from 0 to 2147483647", text);
  }
  timeout = std::chrono::milliseconds(value);
  return {};
}

Result<std::shared_ptr<Storage>> open_disk(const Uri& uri) {
  DiskStorageOptions options;
  if (auto read = read_durability(uri, options.durability); !read) return std::move(read).error();
  return disk_storage(uri.path, options);
}

Result<std::shared_ptr<JobStore>> open_sqlite(const Uri& uri) {
  SqliteOptions options;
  if (auto read = read_durability(uri, options.durability); !read) return std::move(read).error();
  if (auto read = read_busy_timeout(uri, options.busy_timeout); !read) return std::move(read).error();
  return sqlite_job_store(uri.path, options);
}

Result<void> check(const Uri& uri, std::string_view what, bool has_path,
                   std::span<const std::string_view> options) {
  for (const auto& [name, value] : uri.options) {
    if (std::find(options.begin(), options.end(), name) != options.end()) continue;
    return Error{Errc::unsupported,
                 fmt::format("The {} \"{}:\" has no option \"{}\". It has {}.", what, uri.scheme, name,
                             options.empty() ? "none" : fmt::format("{}", fmt::join(options, ", ")))};
  }
  if (has_path != uri.path.empty()) return {};
  return Error{Errc::invalid_argument,
               has_path ? fmt::format("Say where the {0} is: {1}:///path, or {1}:path for "
                                      "one below the current folder.",
                                      what, uri.scheme)
                        : fmt::format("The {} \"{}:\" has no path. Leave it out.", what, uri.scheme)};
}

template <class Seam>
Result<std::shared_ptr<Seam>> open(std::string_view text, std::string_view what,
                                   const std::vector<Backend<Seam>>& backends) {
  auto scheme = library::scheme_of(text);
  if (!scheme) return std::move(scheme).error();
  std::vector<std::string> schemes;
  for (const Backend<Seam>& backend : backends) {
    schemes.push_back(fmt::format("\"{}:\"", backend.scheme));
    if (backend.scheme != *scheme) continue;
    auto uri = library::parse_uri(text);
    if (!uri) return std::move(uri).error();
    if (auto good = check(*uri, what, backend.has_path, backend.options); !good)
      return std::move(good).error();
    return backend.open(*uri);
  }
  return Error{Errc::unsupported, fmt::format("This build has no {} \"{}:\". It has {}.", what, *scheme,
                                              fmt::join(schemes, " and "))};
}

}  // namespace

Result<std::shared_ptr<Storage>> open_storage(std::string_view uri) {
  return open(uri, "storage", storages());
}

Result<std::shared_ptr<JobStore>> open_job_store(std::string_view uri) {
  return open(uri, "job store", job_stores());
}

Result<std::shared_ptr<Queue>> open_queue(std::string_view uri) { return open(uri, "queue", queues()); }

}  // namespace convert
