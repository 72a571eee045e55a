// SPDX-License-Identifier: MIT
#include "api/tasks/task_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <future>

#include "engine/fake_execution.hpp"

namespace convert::server::api {
namespace {

using testing::HasSubstr;
using testing::Not;

/// An engine that runs nothing, and a listener's mailbox that is emptied by hand.
class TaskEvents : public testing::Test {
 protected:
  static EngineOptions options() {
    EngineOptions options;
    options.execution = std::make_shared<test::FakeExecution>();
    return options;
  }
  Job submit() {
    auto upload = engine.upload().value();
    JobRequest request;
    request.owner = "ann";
    request.inputs.push_back(upload->finish("a.low").value());
    request.spec.format = "upper";
    return engine.submit(std::move(request)).value();
  }
  /// What is in the mailbox; "nothing" if that is so.
  std::string mail() {
    const auto now = std::chrono::steady_clock::now();
    auto taken = asio::co_spawn(context, mailbox->take(now), asio::use_future);
    context.restart();
    context.run();
    return taken.get().value_or("nothing");
  }
  static Job running(Job job, double progress) {
    job.state = JobState::running;
    job.progress = progress;
    return job;
  }

  Engine engine{options()};
  asio::io_context context;
  std::shared_ptr<http::EventQueue> mailbox = http::EventQueue::make(context.get_executor());
};

TEST_F(TaskEvents, HaveIdsForStatesOnly) {
  Job job = submit();
  TaskEventWriter writer(engine, "ann", job, mailbox);
  writer.write(job);
  EXPECT_EQ(mail(), "nothing") << "that was told already";
  ++job.revision;
  writer.write(running(job, 0));
  EXPECT_THAT(mail(),
              testing::StartsWith("id: " + std::to_string(job.revision) + "\nevent: state\ndata: {\"id\":"));
  writer.write(running(job, 0.25));
  EXPECT_EQ(mail(), "event: progress\ndata: {\"id\":" + std::to_string(job.id) + ",\"progress\":0.25}\n\n");
  writer.write(running(job, 0.25));
  EXPECT_EQ(mail(), "nothing");
}

TEST_F(TaskEvents, KeepOnlyTheNewestProgressAndAllStates) {
  Job job = submit();
  TaskEventWriter writer(engine, "ann", job, mailbox);
  const Revision first = ++job.revision;
  writer.write(running(job, 0));
  for (const double progress : {0.1, 0.2, 0.3}) writer.write(running(job, progress));
  ++job.revision;
  job.state = JobState::failed;
  writer.write(job);
  writer.write(running(job, 0.9));
  const std::string all = mail();
  EXPECT_THAT(all, Not(HasSubstr("\"progress\":0.1")));
  EXPECT_LT(all.find("id: " + std::to_string(first)), all.find("id: " + std::to_string(job.revision)));
}

TEST_F(TaskEvents, IgnoreOlderRevisions) {
  Job job = submit();
  Job older = job;
  job.revision += 5;
  TaskEventWriter writer(engine, "ann", job, mailbox);
  writer.write(running(older, 0.5));
  EXPECT_EQ(mail(), "nothing");
}

TEST_F(TaskEvents, EndWithTheRemovalOfTheTask) {
  Job job = submit();
  TaskEventWriter writer(engine, "ann", job, mailbox);
  job.state = JobState::cancelled;
  job.error = Error{Errc::not_found, "gone", false};
  writer.write(job);
  EXPECT_EQ(mail(), "event: removed\ndata: {\"id\":" + std::to_string(job.id) + "}\n\n");
  EXPECT_EQ(mail(), "") << "the end";
}

TEST_F(TaskEvents, ReplayMissedEventsFromTheLog) {
  const Job first = submit();
  submit();  // another one's lines are in between
  ASSERT_TRUE(engine.cancel(first.id));
  submit();
  ASSERT_TRUE(engine.retry(first.id));
  const Job now = engine.cancel(first.id).value();
  const std::string missed = *missed_events(engine, now, first.revision, "ann");
  const auto at = [&](std::string_view text, std::size_t from) { return missed.find(text, from); };
  const auto one = at("CANCELLED", 0);
  const auto two = at("UPLOADED", one);
  const auto three = at("CANCELLED", two);
  EXPECT_NE(three, std::string::npos) << missed;
  EXPECT_EQ(at("event: state", three), std::string::npos) << missed;
  EXPECT_THAT(missed, HasSubstr("id: " + std::to_string(now.revision) + "\n"));
  EXPECT_EQ(*missed_events(engine, now, now.revision - 1, "ann"), state_event(engine, now, "ann"));
}

TEST_F(TaskEvents, SkipTooManyChanges) {
  const Job first = submit();
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(engine.cancel(first.id));
    ASSERT_TRUE(engine.retry(first.id));
  }
  const Job now = engine.cancel(first.id).value();
  EXPECT_EQ(*missed_events(engine, now, first.revision, "ann"), state_event(engine, now, "ann"));
}

}  // namespace
}  // namespace convert::server::api
