// SPDX-License-Identifier: MIT
// fault_worker ... FOLDER: the worker program of the fault suite, connected to the fault control of that
// folder. The folder on its command line also identifies the processes of an engine.
#include <cstdio>
#include <filesystem>

#include <convert/worker.hpp>

#include "faults/fault_control.hpp"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: fault_worker ... FOLDER\n", stderr);
    return 2;
  }
  convert::test::connect_fault_points(std::filesystem::path(argv[argc - 1]) / "worker_faults");
  return convert::worker_main(convert::Library());
}
