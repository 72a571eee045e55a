// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/engine_rig.hpp"
#include "support/fault_injection.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EngineUploads : public OnBackend {
 protected:
  JobInput upload(Engine& engine, const std::string& content, UploadOptions options = {}) {
    auto upload = engine.upload(options).value();
    EXPECT_TRUE(upload->write(bytes(content)));
    return upload->finish("song.low").value();
  }
};
ON_EVERY_BACKEND(EngineUploads);

TEST_P(EngineUploads, DiscardsUnreferencedInputs) {
  Engine engine(rig.options());
  const std::vector discarded = {upload(engine, "a"), upload(engine, "b")};
  auto new_request = request();
  new_request.inputs = {upload(engine, "c")};
  ASSERT_TRUE(engine.submit(new_request));
  ASSERT_TRUE(engine.discard(discarded));
  EXPECT_THAT(rig.blobs(), ElementsAre(new_request.inputs.front().key));
  // Inputs that are deleted already, or that a job references, are no error.
  ASSERT_TRUE(engine.discard(discarded));
  ASSERT_TRUE(engine.discard(new_request.inputs));
  ASSERT_TRUE(engine.discard({}));
  EXPECT_THAT(rig.blobs(), SizeIs(1));
}

TEST_P(EngineUploads, RefusesToDiscardOtherBlobs) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "hello").id);
  const auto before = rig.blobs();
  const std::vector others = {upload(engine, "a"), JobInput{"song.upper", job.outputs.front().key, 1, ""}};
  EXPECT_EQ(engine.discard(others).error().code, Errc::invalid_argument);
  EXPECT_THAT(rig.blobs(), SizeIs(before.size() + 1));
}

TEST_P(EngineUploads, DiscardContinuesAfterAFailureAndReturnsIt) {
  const auto storage = std::make_shared<ChaosStorage>(rig.shared_storage(), 1);
  auto options = rig.options();
  options.storage = storage;
  Engine engine(options);
  const std::vector inputs = {upload(engine, "a"), upload(engine, "b"), upload(engine, "c")};
  Fault second;
  second.nth = 2;
  storage->faults().set(StorageCall::remove, second);
  EXPECT_EQ(engine.discard(inputs).error().code, Errc::io);
  EXPECT_THAT(rig.blobs(), ElementsAre(inputs[1].key));
}

TEST_P(EngineUploads, DiscardsNothingIfTheStoreFails) {
  const auto store = std::make_shared<ChaosStore>(rig.shared_store(), 1);
  auto options = rig.options();
  options.store = store;
  Engine engine(options);
  const std::vector inputs = {upload(engine, "a")};
  Fault always;
  always.share = 1;
  store->faults().set(StoreCall::unreferenced, always);
  EXPECT_EQ(engine.discard(inputs).error().code, Errc::io);
  EXPECT_THAT(rig.blobs(), SizeIs(1));
}

TEST_P(EngineUploads, DoesNotHashLargeInputsOnRequest) {
  Engine engine(rig.options());
  UploadOptions options;
  options.max_hashed_bytes = 4;
  // echo -n four | sha256sum
  EXPECT_EQ(upload(engine, "four", options).sha256,
            "04efaf080f5a3e74e1c29d1ca6a48569382cbbcd324e8d59d2b83ef21c039f00");
  auto upload = engine.upload(options).value();
  ASSERT_TRUE(upload->write(bytes("fo")));
  ASSERT_TRUE(upload->write(bytes("urs")));
  const auto input = upload->finish("song.low").value();
  EXPECT_EQ(input.sha256, "");
  EXPECT_EQ(input.size, 5U);
}

TEST_P(EngineUploads, InputsWithoutHashAreNotReused) {
  Engine engine(rig.options());
  ASSERT_TRUE(engine.start());
  UploadOptions options;
  options.max_hashed_bytes = 0;
  for (int i = 0; i < 2; ++i) {
    auto new_request = request();
    new_request.inputs = {upload(engine, "hello", options)};
    const Job job = finish(engine, engine.submit(new_request).value().id);
    EXPECT_EQ(job.state, JobState::succeeded);
    EXPECT_EQ(job.request.fingerprint, "");
    EXPECT_EQ(content(engine, job.outputs.front()), "hello->upper");
  }
  EXPECT_THAT(rig.execution().started(), ElementsAre("hello", "hello"));
}

TEST_P(EngineUploads, CountTowardsUsageOnceSubmitted) {
  Engine engine(rig.options());
  upload(engine, "nobody's");
  EXPECT_EQ(engine.usage("ann").value(), Usage{});
  ASSERT_TRUE(engine.start());
  const Job job = finish(engine, submit(engine, "hello").id);
  EXPECT_EQ(engine.usage("ann").value(), (Usage{1, 0, 5, 12}));
  ASSERT_TRUE(engine.remove(job.id));
  EXPECT_EQ(engine.usage("ann").value(), Usage{});
}

TEST_P(EngineUploads, ChecksASpecWithoutInputs) {
  Engine engine(rig.options());
  OutputSpec spec;
  spec.format = ".UP";
  EXPECT_EQ(engine.check_spec(spec).value().format, "upper");
  spec.format = "mp4";
  EXPECT_EQ(engine.check_spec(spec).error().code, Errc::unsupported);
  spec.format = "upper";
  spec.audio_bitrate = 192'000;
  EXPECT_EQ(engine.check_spec(spec).error().code, Errc::unsupported);
  spec.audio_bitrate.reset();
  spec.level = 9;
  EXPECT_TRUE(engine.check_spec(spec));
  spec.level = 10;
  EXPECT_EQ(engine.check_spec(spec).error().message,
            "level must be 1 (fast) to 9 (small) for upper, not 10.");
  EXPECT_EQ(engine.check_spec({}).error().code, Errc::invalid_argument);
  EXPECT_THAT(rig.blobs(), IsEmpty());
}

}  // namespace
}  // namespace convert::test
