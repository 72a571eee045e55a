// SPDX-License-Identifier: MIT
// The backends of this build, by the scheme of their URIs.
#include <charconv>
#include <filesystem>
#include <vector>

#include <convert/job_store.hpp>
#include <convert/queue.hpp>
#include <convert/s3_storage.hpp>
#include <convert/storage.hpp>

#include "base/backend_uri.hpp"
#include "base/try.hpp"

namespace convert {
namespace {

using base::Backend;
using base::Uri;

Result<std::shared_ptr<Storage>> open_disk(const Uri& uri);
Result<std::shared_ptr<JobStore>> open_sqlite(const Uri& uri);

#ifdef CONVERT_S3
Result<std::shared_ptr<Storage>> open_s3(std::string_view uri) {
  CONVERT_TRY_ASSIGN(const auto options, parse_s3_uri(uri));
  return s3_storage(options);
}
#endif

std::vector<Backend<Storage>> storages() {
  return {
      {"memory", false, {}, [](const Uri&) { return Result(memory_storage()); }},
      {"file", true, {"durability"}, open_disk},
#ifdef CONVERT_S3
      {"s3", true, {}, nullptr, open_s3},
#endif
  };
}

std::vector<Backend<JobStore>> job_stores() {
  return {
      {"memory", false, {}, [](const Uri&) { return Result(memory_job_store()); }},
      {"sqlite", true, {"busy_timeout", "durability"}, open_sqlite},
#ifdef CONVERT_POSTGRESQL
      {"postgresql", true, {}, nullptr, [](std::string_view uri) { return postgresql_job_store(uri); }},
      {"postgres", true, {}, nullptr, [](std::string_view uri) { return postgresql_job_store(uri); }},
#endif
  };
}

std::vector<Backend<Queue>> queues() {
  return {
      {"memory", false, {}, [](const Uri&) { return Result(memory_queue()); }},
#ifdef CONVERT_POSTGRESQL
      {"postgresql", true, {}, nullptr, postgresql_queue},
      {"postgres", true, {}, nullptr, postgresql_queue},
#endif
  };
}

Result<void> parse_busy_timeout(const Uri& uri, std::chrono::milliseconds& timeout) {
  const auto option = uri.options.find("busy_timeout");
  if (option == uri.options.end()) return {};
  const std::string& text = option->second;
  std::int32_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value < 0) {
    return base::invalid_option(option->first, "a number of milliseconds from 0 to 2147483647", text);
  }
  timeout = std::chrono::milliseconds(value);
  return {};
}

Result<std::shared_ptr<Storage>> open_disk(const Uri& uri) {
  DiskStorageOptions options;
  CONVERT_TRY(base::parse_durability(uri, options.durability));
  return disk_storage(uri.path, options);
}

Result<std::shared_ptr<JobStore>> open_sqlite(const Uri& uri) {
  SqliteOptions options;
  CONVERT_TRY(base::parse_durability(uri, options.durability));
  CONVERT_TRY(parse_busy_timeout(uri, options.busy_timeout));
  return sqlite_job_store(uri.path, options);
}

#ifndef CONVERT_POSTGRESQL
Error built_without_postgresql() {
  return {Errc::unsupported, "This build has no PostgreSQL: build it with CONVERT_POSTGRESQL and libpq."};
}
#endif

#ifndef CONVERT_S3
Error built_without_s3() {
  return {Errc::unsupported, "This build has no S3: build it with CONVERT_S3 and libcurl."};
}
#endif

}  // namespace

#ifndef CONVERT_S3
Result<std::shared_ptr<Storage>> s3_storage(const S3Options&) { return built_without_s3(); }
Result<S3Options> parse_s3_uri(std::string_view) { return built_without_s3(); }
#endif

#ifndef CONVERT_POSTGRESQL
Result<std::shared_ptr<Queue>> postgresql_queue(std::string_view) { return built_without_postgresql(); }
#endif

Result<std::shared_ptr<Storage>> open_storage(std::string_view uri) {
  return base::open_backend(uri, "storage", storages());
}

Result<std::shared_ptr<JobStore>> open_job_store(std::string_view uri) {
  return base::open_backend(uri, "job store", job_stores());
}

Result<int> migrate_job_store(std::string_view uri) {
#ifdef CONVERT_POSTGRESQL
  CONVERT_TRY_ASSIGN(const auto scheme, base::uri_scheme(uri));
  if (scheme == "postgresql" || scheme == "postgres") return migrate_postgresql_job_store(uri);
#endif
  CONVERT_TRY(open_job_store(uri));
  return 0;
}

Result<std::shared_ptr<Queue>> open_queue(std::string_view uri) {
  return base::open_backend(uri, "queue", queues());
}

}  // namespace convert
