// SPDX-License-Identifier: MIT
#include "conformance/queue.hpp"

namespace convert::conformance {
namespace {

INSTANTIATE_TEST_SUITE_P(Backends, QueueSuite, testing::Values(QueueBackend{"memory", memory_queue}),
                         name_of_queue);

}  // namespace
}  // namespace convert::conformance
