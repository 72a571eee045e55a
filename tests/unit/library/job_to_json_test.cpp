// SPDX-License-Identifier: MIT
// The JSON of a job.
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <boost/json.hpp>

#include <convert/json.hpp>

namespace convert {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

TEST(JobToJson, WritesANewJob) {
  Job job;
  job.id = 7;
  job.request.owner = "ann";
  job.request.inputs = {{"a \"song\".wav", "in/1", 1000, ""}};
  job.request.spec.format = "mp3";
  job.created = Time(milliseconds(1'800'000'000'250));
  job.not_before = job.created;
  job.revision = 3;
  EXPECT_EQ(to_json(job),
            R"({"id":7,"state":"queued","request":{"owner":"ann","inputs":[{"name":"a \"song\".wav",)"
            R"("size":1000}],"spec":{"format":"mp3"},"priority":0,"urgency":0,"max_attempts":5,)"
            R"("max_interruptions":25,"labels":{}},"outputs":[],"warnings":[],"attempt":0,)"
            R"("interruptions":0,"token":0,"progress":0,"revision":3,"created":1800000000.25,)"
            R"("not_before":1800000000.25,"inputs_expired":false,"outputs_expired":false})");
}

Job full_job() {
  Job job;
  job.id = 8;
  job.state = JobState::succeeded;
  job.request.inputs = {{"i", "secret/in", 1, "aa"}};
  job.request.spec.format = "ogg";
  job.request.priority = -2;
  job.request.urgency = 1;
  job.request.not_before = Time(milliseconds(1500));
  job.request.unique_key = "key";
  job.request.labels = {{"a", "b\n"}, {"\xFF", ""}};
  job.request.fingerprint = "print";
  job.outputs = {{"o.ogg", "secret/out", std::numeric_limits<std::uint64_t>::max(), "bb", "audio/ogg",
                  milliseconds(1234)}};
  job.warnings = {{WarningCode::truncated, "w"}};
  job.error = Error{Errc::io, "e", true};
  job.worker = "host-1";
  job.progress = 0.5;
  job.started = Time(milliseconds(2000));
  job.finished = Time(milliseconds(-1));
  job.inputs_expired = true;
  return job;
}

TEST(JobToJson, WritesAllFields) {
  EXPECT_EQ(to_json(full_job()),
            R"({"id":8,"state":"succeeded","request":{"owner":"","inputs":[{"name":"i","size":1,)"
            R"("sha256":"aa"}],"spec":{"format":"ogg"},"priority":-2,"urgency":1,"not_before":1.5,)"
            R"("max_attempts":5,"max_interruptions":25,"unique_key":"key",)"
            "\"labels\":{\"a\":\"b\\n\",\"\xEF\xBF\xBD\":\"\"},"
            R"("fingerprint":"print"},"outputs":[{"name":"o.ogg","size":18446744073709551615,)"
            R"("sha256":"bb","content_type":"audio/ogg","duration":1.234}],)"
            R"("warnings":[{"code":"truncated","message":"w"}],)"
            R"("error":{"code":"io","message":"e","retryable":true},"attempt":0,"interruptions":0,)"
            R"("token":0,"worker":"host-1","progress":0.5,"revision":0,"created":0,"not_before":0,)"
            R"("started":2,"finished":-0.001,"inputs_expired":true,"outputs_expired":false})");
}

TEST(JobToJson, OmitsBlobKeys) { EXPECT_THAT(to_json(full_job()), Not(HasSubstr("secret"))); }

TEST(JobToJson, ClampsTimes) {
  Job job;
  job.not_before = Time::max();
  job.created = Time::min();
  const auto parsed = boost::json::parse(to_json(job));
  EXPECT_GT(parsed.at("not_before").to_number<double>(), 9e9);
  EXPECT_LT(parsed.at("created").to_number<double>(), -9e9);
}

}  // namespace
}  // namespace convert
