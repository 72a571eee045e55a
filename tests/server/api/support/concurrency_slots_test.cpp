// SPDX-License-Identifier: MIT
#include "api/support/concurrency_slots.hpp"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace convert::server::api {
namespace {

const Problem kFull = make_problem(503, "busy", "All slots are taken.");
const Problem kHolderFull = make_problem(429, "too_many", "The holder has its share.");

/// The code of the problem, or "taken".
std::string take_code(Slots& slots, const std::string& holder = {}) {
  const auto slot = slots.take(holder);
  return slot ? "taken" : slot.error().code;
}

TEST(Slots, RefusesMoreThanTheMaximum) {
  Slots slots(2, kFull);
  auto one = std::make_unique<Outcome<Slot>>(slots.take());
  auto two = slots.take();
  EXPECT_EQ(take_code(slots), "busy");
  one.reset();
  auto three = slots.take();
  EXPECT_TRUE(three);
  EXPECT_EQ(take_code(slots), "busy");
}

TEST(Slots, LimitsEachHolder) {
  Slots slots(2, kFull, 1, kHolderFull);
  {
    auto ann = slots.take("ann");
    EXPECT_EQ(take_code(slots, "ann"), "too_many");
    EXPECT_EQ(take_code(slots, "bob"), "taken");
  }
  auto ann = slots.take("ann");
  EXPECT_TRUE(ann);
  EXPECT_EQ(take_code(slots, "bob"), "taken");
}

TEST(Slots, FreesAMovedSlotOnce) {
  Slots slots(1, kFull);
  {
    auto taken = slots.take();
    const Slot first(*std::move(taken));
    EXPECT_EQ(take_code(slots), "busy");
  }
  auto again = slots.take();
  EXPECT_TRUE(again);
  EXPECT_EQ(take_code(slots), "busy");
}

TEST(Slots, AreFreedByAnyThread) {
  Slots slots(1'000, kFull, 500, kHolderFull);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1'000; ++j) EXPECT_TRUE(slots.take("ann"));
    });
  }
  threads.clear();
  std::vector<Outcome<Slot>> all;
  for (int i = 0; i < 500; ++i) all.push_back(slots.take("ann"));
  EXPECT_TRUE(all.back());
  EXPECT_EQ(take_code(slots, "ann"), "too_many");
}

}  // namespace
}  // namespace convert::server::api
