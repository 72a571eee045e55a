// SPDX-License-Identifier: MIT
// What S3 answers when something goes wrong, on a stub: real servers do not fail on request.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <random>

#include "net/aws/aws_credentials.hpp"
#include "net/http/server_clock.hpp"
#include "storage/s3/s3_storage.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"
#include "unit/storage/s3/s3_stub.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

S3Stub::Fault answers(int status, const std::string& code, const std::string& headers = {}) {
  return [=](const StubRequest&, StubConnection& connection) {
    connection.answer(status, s3_error_body(code), headers);
    return true;
  };
}

bool hangs(const StubRequest&, StubConnection& connection) {
  while (!connection.receive(1).empty()) {
  }
  return true;
}

bool cuts(const StubRequest&, StubConnection& connection) {
  connection.close();
  return true;
}

/// A storage on a stub, with small parts and blocks.
class S3Faults : public testing::Test {
 protected:
  void expect_error(Errc code, const Result<void>& result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(to_string(result.error().code), to_string(code)) << result.error().message;
  }

  S3Stub stub_;
  std::shared_ptr<Storage> storage_ = must(open_stub(stub_.endpoint(), small_sizes()));
  const std::string text_ = varied_text(5'432);
};

TEST_F(S3Faults, ABlobIsWrittenInPartsThatGrowAndIsRead) {
  storage::S3Sizes sizes = small_sizes();
  sizes.parts_per_size = 2;
  const auto storage = must(open_stub(stub_.endpoint(), sizes));
  const std::string text = varied_text(20'000);
  must(put_text(*storage, "a", text));
  EXPECT_EQ(stub_.objects().at("p/a"), text);
  // 1000, 1000, 2000, 2000, 4000, 4000, 6000 of 8000
  EXPECT_EQ(stub_.count("partNumber=7&"), 1U);
  EXPECT_EQ(stub_.count("partNumber=8&"), 0U);
  EXPECT_EQ(must(read_text(*must(storage->open("a")))), text);
  EXPECT_TRUE(must(storage->stat("a")).time_may_be_early);
}

TEST_F(S3Faults, ACompletionThatReportsAnErrorInASuccessIsRepeated) {
  stub_.fail_times(2, "POST /bucket/p/a?uploadId", answers(200, "InternalError"));
  must(put_text(*storage_, "a", text_));
  EXPECT_EQ(stub_.objects().at("p/a"), text_);
  EXPECT_EQ(stub_.count("POST /bucket/p/a?uploadId"), 3U);
}

TEST_F(S3Faults, ACompletionThatReportsALastingErrorInASuccessFails) {
  stub_.fail_times(100, "POST /bucket/p/a?uploadId", answers(200, "InvalidPart"));
  expect_error(Errc::conflict, put_text(*storage_, "a", text_));
  EXPECT_EQ(stub_.objects().count("p/a"), 0U);
  EXPECT_TRUE(eventually(milliseconds(5'000), [this] { return stub_.uploads() == 0; }));
}

TEST_F(S3Faults, ACopyThatReportsAnErrorInASuccessIsRepeated) {
  must(put_text(*storage_, "a", "short"));
  stub_.fail_times(1, "PUT /bucket/p/b", answers(200, "InternalError"));
  must(storage_->copy("a", "b"));
  EXPECT_EQ(stub_.objects().at("p/b"), "short");
}

/// S3 copies at most 5 GB in one request.
TEST_F(S3Faults, AnObjectThatIsTooLargeForACopyIsCopiedInParts) {
  must(put_text(*storage_, "a", text_));
  stub_.set_fault([](const StubRequest& request, StubConnection& connection) {
    if (request_name(request) != "PUT /bucket/p/b") return false;
    connection.answer(400,
                      "<Error><Code>InvalidRequest</Code><Message>The specified copy source is larger than "
                      "the maximum allowable size for a copy source: 5368709120</Message></Error>");
    return true;
  });
  must(storage_->copy("a", "b"));
  EXPECT_EQ(stub_.objects().at("p/b"), text_);
  EXPECT_EQ(stub_.count("PUT /bucket/p/b?partNumber"), 3U) << "of 2000 bytes";
}

/// The answer to the completion is lost; the repeated one finds no upload.
TEST_F(S3Faults, ALostAnswerToACompletionIsASuccess) {
  std::atomic<int> times = 0;
  stub_.set_fault([&](const StubRequest& request, StubConnection& connection) {
    if (request_name(request).find("POST /bucket/p/a?uploadId") == std::string::npos) return false;
    if (++times > 1) return false;
    stub_.complete_silently(request);
    return cuts(request, connection);
  });
  must(put_text(*storage_, "a", text_));
  EXPECT_EQ(times, 2);
  EXPECT_EQ(stub_.objects().at("p/a"), text_);
}

TEST_F(S3Faults, AnUploadThatWasAbortedByOthersIsNoSuccess) {
  stub_.put("p/a", "of another writer");
  stub_.fail_times(100, "POST /bucket/p/a?uploadId", answers(404, "NoSuchUpload"));
  expect_error(Errc::not_found, put_text(*storage_, "a", text_));
  EXPECT_EQ(stub_.objects().at("p/a"), "of another writer");
}

TEST_F(S3Faults, SlowDownIsObeyed) {
  stub_.fail_times(1, "PUT /bucket/p/a", answers(503, "SlowDown", "Retry-After: 1\r\n"));
  const auto start = steady_clock::now();
  must(put_text(*storage_, "a", "short"));
  EXPECT_GE(steady_clock::now() - start, milliseconds(1'000));
  EXPECT_EQ(stub_.objects().at("p/a"), "short");
}

TEST_F(S3Faults, PartsThatFailAreSentAgain) {
  std::atomic<int> faults = 0;
  stub_.set_fault([&](const StubRequest& request, StubConnection& connection) {
    if (request_name(request).find("partNumber") == std::string::npos || ++faults > 4) return false;
    return faults % 2 == 0 ? cuts(request, connection) : answers(500, "InternalError")(request, connection);
  });
  must(put_text(*storage_, "a", text_));
  EXPECT_EQ(stub_.objects().at("p/a"), text_);
}

/// Connections that are cut at random bytes of the body.
TEST_F(S3Faults, AReaderContinuesWhereAConnectionWasCut) {
  const std::string text = varied_text(300'000);
  stub_.put("p/a", text);
  std::mt19937 random(seed());
  std::atomic<int> left = 8;
  stub_.set_fault([&](const StubRequest& request, StubConnection& connection) {
    const std::string range = request.header("range");
    if (request.method != "GET" || range.empty() || --left < 0) return false;
    const std::size_t from = std::stoul(range.substr(6));
    const std::string body = text.substr(from);
    connection.send("HTTP/1.1 206 Partial Content\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\nETag: \"" + std::string(31, '0') + "1\"\r\nContent-Range: bytes " +
                    std::to_string(from) + "-299999/300000\r\n\r\n" + body.substr(0, random() % 40'000));
    return cuts(request, connection);
  });
  EXPECT_EQ(must(read_text(*must(storage_->open("a")))), text);
}

TEST_F(S3Faults, AReaderThatMeetsAnotherBlobEndsInNotFound) {
  stub_.put("p/a", text_);
  const auto reader = must(storage_->open("a"));
  std::vector<std::byte> some(10);
  must(reader->read_at(0, some));
  stub_.put("p/a", varied_text(9'000));
  const auto later = reader->read_at(5'400, some);
  ASSERT_FALSE(later);
  EXPECT_EQ(to_string(later.error().code), "not_found");
  EXPECT_FALSE(later.error().retryable);
}

TEST_F(S3Faults, AMissingKeyThatIsForbiddenWithoutListBucketIsNotFound) {
  stub_.set_fault([](const StubRequest& request, StubConnection& connection) {
    const bool listing = request.target.find("list-type") != std::string::npos;
    if (request.method == "PUT" || (!listing && request.target.find("/p/there") != std::string::npos))
      return false;
    if (request.method == "HEAD") return connection.send("HTTP/1.1 403 F\r\nContent-Length: 0\r\n\r\n");
    return answers(403, "AccessDenied")(request, connection);
  });
  const auto storage = must(open_stub(stub_.endpoint(), small_sizes()));
  EXPECT_EQ(storage->open("none").error().code, Errc::not_found);
  EXPECT_EQ(storage->stat("none").error().code, Errc::not_found);
  EXPECT_TRUE(storage->ready());
  must(put_text(*storage, "there", "bytes"));
  EXPECT_EQ(must(storage->stat("there")).size, 5U);
}

TEST_F(S3Faults, AForbiddenKeyIsNoMissingOneWhereTheBucketMayBeListed) {
  stub_.fail_times(100, "/p/a", answers(403, "AccessDenied"));
  const auto opened = storage_->open("a");
  ASSERT_FALSE(opened);
  EXPECT_EQ(to_string(opened.error().code), "unavailable");
  EXPECT_TRUE(opened.error().retryable) << "the operator repairs it, and no job fails";
  EXPECT_THAT(opened.error().message, HasSubstr("permission"));
}

TEST_F(S3Faults, SignsWithTheTimeOfTheService) {
  // The service is a day ahead.
  const auto ahead =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + std::chrono::hours(24);
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(ahead));
  const std::string date = "Date: " + net::format_http_date(ahead) + "\r\n";
  stub_.fail_times(1, "PUT /bucket/p/a", answers(403, "RequestTimeTooSkewed", date));
  must(put_text(*storage_, "a", "short"));
  const auto requests = stub_.requests();
  EXPECT_THAT(requests.back().header("x-amz-date"),
              StartsWith(fmt::format("{:04}{:02}{:02}T", static_cast<int>(day.year()),
                                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()))));
}

/// Of requests that were signed together, the first answer moves the clock; the others are signed anew too.
TEST_F(S3Faults, AllRequestsAreSignedAnewWhenTheClockHasMoved) {
  const auto ahead =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + std::chrono::hours(1);
  const std::string date = "Date: " + net::format_http_date(ahead) + "\r\n";
  stub_.fail_times(3, "partNumber", answers(403, "RequestTimeTooSkewed", date));
  const std::string text = varied_text(4500);
  must(put_text(*storage_, "a", text));
  EXPECT_EQ(must(read_text(*must(storage_->open("a")))), text);
}

TEST_F(S3Faults, NamesTheRightRegion) {
  stub_.fail_times(1, "list-type", [](const StubRequest&, StubConnection& connection) {
    return connection.answer(400,
                             "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region>"
                             "</Error>");
  });
  const auto opened = open_stub(stub_.endpoint());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("is in the region \"eu-west-1\""));
}

TEST_F(S3Faults, LearnsTheRegionIfNoneIsGiven) {
  stub_.fail_times(1, "list-type", [](const StubRequest&, StubConnection& connection) {
    return connection.answer(301, s3_error_body("PermanentRedirect"), "x-amz-bucket-region: eu-west-1\r\n");
  });
  ::unsetenv("AWS_REGION");
  ::unsetenv("AWS_DEFAULT_REGION");
  S3Options options = stub_options(stub_.endpoint());
  options.region.clear();
  must(open_stub(options));
  EXPECT_THAT(stub_.requests().back().header("authorization"), HasSubstr("/eu-west-1/s3/"));
}

/// Credentials of which the first expire at once.
class RenewedCredentials : public net::AwsCredentialProvider {
 public:
  Result<net::AwsCredentials> credentials(const std::stop_token&) override {
    return net::AwsCredentials{"KEY" + std::to_string(refused_), "secret", "token", {}};
  }
  void refuse(const net::AwsCredentials&) noexcept override { ++refused_; }

 private:
  std::atomic<int> refused_ = 0;
};

TEST_F(S3Faults, RenewsCredentialsThatHaveExpired) {
  const auto storage = must(storage::open_s3_storage(stub_options(stub_.endpoint()), small_sizes(),
                                                     std::make_shared<RenewedCredentials>()));
  stub_.set_fault([](const StubRequest& request, StubConnection& connection) {
    if (request.header("authorization").find("KEY0") == std::string::npos) return false;
    return answers(400, "ExpiredToken")(request, connection);
  });
  must(put_text(*storage, "a", text_));
  EXPECT_EQ(stub_.objects().at("p/a"), text_);
  EXPECT_EQ(must(read_text(*must(storage->open("a")))), text_);
}

/// Credentials that an operator has taken away.
class LostCredentials : public net::AwsCredentialProvider {
 public:
  Result<net::AwsCredentials> credentials(const std::stop_token&) override {
    if (lost_) return Error{Errc::not_found, "There are no AWS credentials."};
    return net::AwsCredentials{"KEY", "secret", "", {}};
  }
  void lose() { lost_ = true; }

 private:
  std::atomic<bool> lost_ = false;
};

TEST_F(S3Faults, MissingCredentialsAreNoMissingBlob) {
  const auto provider = std::make_shared<LostCredentials>();
  const auto storage =
      must(storage::open_s3_storage(stub_options(stub_.endpoint()), small_sizes(), provider));
  must(put_text(*storage, "a", text_));
  provider->lose();
  for (const Error& error : {storage->open("a").error(), storage->stat("a").error(),
                             put_text(*storage, "b", text_).error(), storage->signed_url("a", {}).error()}) {
    EXPECT_EQ(to_string(error.code), "unavailable");
    EXPECT_TRUE(error.retryable);
    EXPECT_EQ(error.message, "There are no AWS credentials.");
  }
}

/// A cancelled transfer frees its job's slot within a second, though the service does not answer.
class S3Cancellation : public S3Faults {
 protected:
  /// Runs the call in a thread, cancels it once the stub has received a request with `text`, and returns how
  /// long that took.
  template <class Call, class Cancel>
  void expect_cancelled(const std::string& text, const Call& call, const Cancel& cancel) {
    const std::size_t before = stub_.count(text);
    stub_.fail_times(100, text, hangs);
    auto result = std::async(std::launch::async, call);
    ASSERT_TRUE(eventually(milliseconds(10'000), [&] { return stub_.count(text) > before; }));
    const auto start = steady_clock::now();
    cancel();
    const Result<void> ended = result.get();
    EXPECT_LT(steady_clock::now() - start, milliseconds(1'000));
    ASSERT_FALSE(ended);
    EXPECT_EQ(to_string(ended.error().code), "cancelled") << ended.error().message;
    stub_.set_fault({});
  }
};

TEST_F(S3Cancellation, OfACommit) {
  const auto writer = must(storage_->create("a"));
  must(write_text(*writer, text_));
  expect_cancelled(
      "POST /bucket/p/a?uploadId", [&] { return writer->commit(); }, [&] { writer->cancel(); });
}

TEST_F(S3Cancellation, OfAPart) {
  auto writer = must(storage_->create("a"));
  expect_cancelled(
      "partNumber", [&] { return write_text(*writer, varied_text(50'000)); }, [&] { writer->cancel(); });
  const auto start = steady_clock::now();
  writer.reset();
  EXPECT_LT(steady_clock::now() - start, milliseconds(1'000));
  EXPECT_TRUE(eventually(milliseconds(5'000), [this] { return stub_.uploads() == 0; }));
}

TEST_F(S3Cancellation, OfARead) {
  stub_.put("p/a", text_);
  const auto reader = must(storage_->open("a"));
  expect_cancelled(
      "GET /bucket/p/a",
      [&]() -> Result<void> {
        std::vector<std::byte> some(10);
        for (std::uint64_t offset = 5'000;; offset -= 500) {
          const auto read = reader->read_at(offset, some);
          if (!read) return read.error();
        }
      },
      [&] { reader->cancel(); });
}

TEST_F(S3Cancellation, OfOpening) {
  std::stop_source stop;
  expect_cancelled(
      "GET /bucket/p/a",
      [&]() -> Result<void> {
        auto opened = storage_->open("a", stop.get_token());
        if (!opened) return std::move(opened).error();
        return {};
      },
      [&] { stop.request_stop(); });
}

}  // namespace
}  // namespace convert::test
