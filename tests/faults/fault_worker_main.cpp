// SPDX-License-Identifier: MIT
// fault_worker ... FOLDER: the worker program of the fault suite, with the fault points that stand on the
// board of that folder. The folder's name on its command line also tells whose process it is.
#include <cstdio>
#include <filesystem>

#include <convert/worker.hpp>

#include "faults/fault_point.hpp"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: fault_worker ... FOLDER\n", stderr);
    return 2;
  }
  convert::test::connect_fault_points(std::filesystem::path(argv[argc - 1]) / "worker_faults");
  return convert::worker_main(convert::Library());
}
