// SPDX-License-Identifier: MIT
#include "api/support/concurrency_slots.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace convert::server::api {
namespace {

bool is_full(const std::variant<Slot, Slots::Full>& slot, Slots::Full which) {
  const auto* full = std::get_if<Slots::Full>(&slot);
  return full != nullptr && *full == which;
}

TEST(Slots, AreAsManyAsTheyAre) {
  Slots slots(2);
  auto one = std::make_unique<std::variant<Slot, Slots::Full>>(slots.take());
  auto two = slots.take();
  EXPECT_TRUE(is_full(slots.take(), Slots::Full::all));
  one.reset();
  auto three = slots.take();
  EXPECT_TRUE(std::holds_alternative<Slot>(three));
  EXPECT_EQ(slots.taken(), 2u);
}

TEST(Slots, AHolderHasSoManyOfThem) {
  Slots slots(10, 1);
  {
    auto ann = slots.take("ann");
    EXPECT_TRUE(is_full(slots.take("ann"), Slots::Full::holder));
    EXPECT_TRUE(std::holds_alternative<Slot>(slots.take("bob")));
  }
  EXPECT_EQ(slots.taken(), 0u);
  EXPECT_TRUE(std::holds_alternative<Slot>(slots.take("ann")));
}

TEST(Slots, MovedOnesAreGivenBackOnce) {
  Slots slots(1);
  {
    auto taken = slots.take();
    const Slot first(std::move(std::get<Slot>(taken)));
    EXPECT_EQ(slots.taken(), 1u);
  }
  EXPECT_EQ(slots.taken(), 0u);
}

TEST(Slots, AreGivenBackByWhateverThread) {
  Slots slots(1'000, 500);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1'000; ++j) EXPECT_TRUE(std::holds_alternative<Slot>(slots.take("ann")));
    });
  }
  threads.clear();
  EXPECT_EQ(slots.taken(), 0u);
}

}  // namespace
}  // namespace convert::server::api
