// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <convert/job_store.hpp>
#include <convert/queue.hpp>
#include <convert/storage.hpp>

#include "base/backend_uri.hpp"
#include "support/test_files.hpp"

namespace convert {
namespace {

namespace fs = std::filesystem;
using base::parse_uri;
using testing::HasSubstr;
using testing::Not;

template <class T>
void expect_error(const Result<T>& result, Errc code, const std::string& part) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, code) << result.error().message;
  EXPECT_THAT(result.error().message, HasSubstr(part));
}

TEST(Uri, HasASchemeAPathAndOptions) {
  const auto uri = parse_uri("file:///srv/my%20blobs?durability=process&a=b%26c=d").value();
  EXPECT_EQ(uri.scheme, "file");
  EXPECT_EQ(uri.path, "/srv/my blobs");
  EXPECT_EQ(uri.options.at("durability"), "process");
  EXPECT_EQ(uri.options.at("a"), "b&c=d");
}

TEST(Uri, MayBeRelativeOrHaveNoPath) {
  EXPECT_EQ(parse_uri("file:blobs").value().path, "blobs");
  EXPECT_EQ(parse_uri("file:./blobs").value().path, "./blobs");
  EXPECT_EQ(parse_uri("file:/srv").value().path, "/srv");
  EXPECT_EQ(parse_uri("MEMORY:").value().scheme, "memory");
  EXPECT_EQ(parse_uri("memory:").value().path, "");
  EXPECT_EQ(parse_uri("file:a%3Fb%23%25%C3%A4").value().path, "a?b#%\xc3\xa4");
}

TEST(Uri, RejectsMalformedUris) {
  for (const char* text :
       {"",        ":",        "blobs",     "/srv/blobs",  "3s:x",           "a b:x",      "file://host/path",
        "file://", "file:a#b", "file:a%",   "file:a%2",    "file:a%zz",      "file:a%00",  "file:a%-1",
        "file:a?", "file:a?x", "file:a?=1", "file:a?x=1&", "file:a?x=1&x=1", "file:a?x=%", "file:a?x=%0"}) {
    EXPECT_EQ(parse_uri(text).has_value() ? "" : to_string(parse_uri(text).error().code), "invalid_argument")
        << text;
  }
}

TEST(Uri, ErrorsShowNoPartAfterTheScheme) {
  for (const char* text : {"s3://user:secret@host/", "user secret", "file:secret%", "file:a?secret"}) {
    const auto uri = parse_uri(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_THAT(uri.error().message, Not(HasSubstr("secret")));
  }
}

TEST(Backends, OpensMemoryAndDiskStorage) {
  test::TemporaryFolder folder;
  EXPECT_TRUE(open_storage("memory:"));
  EXPECT_TRUE(open_storage("file://" + (folder / "a").string() + "%20b?durability=process"));
  EXPECT_TRUE(fs::is_directory(folder / "a b/.unfinished"));
  EXPECT_TRUE(open_storage("file:" + (folder / "c").string() + "?durability=power"));
}

TEST(Backends, OpensMemoryAndSqliteJobStores) {
  test::TemporaryFolder folder;
  EXPECT_TRUE(open_job_store("memory:"));
  const auto store =
      open_job_store("sqlite://" + (folder / "jobs.db").string() + "?durability=process&busy_timeout=5000");
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_TRUE(fs::exists(folder / "jobs.db"));
}

TEST(Backends, OpensMemoryQueue) { EXPECT_TRUE(open_queue("memory:")); }

/// The other backends of a build depend on the libraries that it found.
TEST(Backends, RejectsUnknownSchemesAndListsKnownOnes) {
  expect_error(open_storage("nfs://user:secret@bucket/"), Errc::unsupported,
               "no storage \"nfs:\". It has \"memory:\"");
  expect_error(open_storage("nfs:x"), Errc::unsupported, "\"file:\"");
  expect_error(open_job_store("mysql://host/jobs"), Errc::unsupported,
               "no job store \"mysql:\". It has \"memory:\"");
  expect_error(open_job_store("mysql://host/jobs"), Errc::unsupported, "\"sqlite:\"");
  expect_error(open_queue("amqp://queue"), Errc::unsupported, "no queue \"amqp:\". It has \"memory:\"");
}

TEST(Backends, RefusesASecretInTheUriWithoutShowingIt) {
  for (const auto& storage :
       {open_storage("s3://user:secret@bucket/"), open_storage("nfs://user:secret@x")}) {
    ASSERT_FALSE(storage);
    EXPECT_THAT(storage.error().message, Not(HasSubstr("secret")));
  }
}

TEST(Backends, RejectsUnknownOptionsAndListsKnownOnes) {
  expect_error(open_storage("file:x?durabilty=power"), Errc::unsupported,
               "no option \"durabilty\". Its options: durability");
  expect_error(open_storage("file:x?busy_timeout=1"), Errc::unsupported, "busy_timeout");
  expect_error(open_storage("memory:?durability=power"), Errc::unsupported, "Its options: none");
  expect_error(open_job_store("sqlite:x?timeout=1"), Errc::unsupported,
               "Its options: busy_timeout, durability");
  expect_error(open_queue("memory:?x=1"), Errc::unsupported, "Its options: none");
}

TEST(Backends, RejectsInvalidOptionValues) {
  expect_error(open_storage("file:x?durability=yes"), Errc::invalid_argument,
               "power or process, not \"yes\"");
  for (const char* value : {"", "-1", "1s", " 1", "99999999999", "0x10"}) {
    expect_error(open_job_store(std::string("sqlite:x?busy_timeout=") + value), Errc::invalid_argument,
                 "milliseconds");
  }
  EXPECT_FALSE(fs::exists("x"));
}

TEST(Backends, RequiresAPathExactlyWhereTheBackendHasOne) {
  expect_error(open_storage("file:"), Errc::invalid_argument, "The storage needs a path");
  expect_error(open_job_store("sqlite:"), Errc::invalid_argument, "The job store needs a path");
  expect_error(open_storage("memory:x"), Errc::invalid_argument, "takes no path");
  expect_error(open_queue("memory:///x"), Errc::invalid_argument, "takes no path");
}

TEST(Backends, RejectsAPathThatIsNotAFolder) {
  expect_error(open_storage("file:///dev/null"), Errc::invalid_argument, "is not a folder");
}

}  // namespace
}  // namespace convert
