// SPDX-License-Identifier: MIT
#include "conformance/queue.hpp"

#include "support/fault_injection.hpp"

namespace convert::conformance {
namespace {

/// Delivers twice, late and out of order, but loses nothing.
std::shared_ptr<Queue> chaos_queue() {
  test::QueueDisturbances chaos;
  chaos.twice = 0.3;
  chaos.reorder = 0.3;
  chaos.delay = 0.3;
  chaos.longest_delay = milliseconds(50);
  return std::make_shared<test::ChaosQueue>(memory_queue(), seed(), chaos);
}

INSTANTIATE_TEST_SUITE_P(Backends, QueueSuite,
                         testing::Values(QueueBackend{"memory", memory_queue},
                                         QueueBackend{"chaos", chaos_queue}),
                         name_of_queue);

}  // namespace
}  // namespace convert::conformance
