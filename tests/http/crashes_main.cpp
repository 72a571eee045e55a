// SPDX-License-Identifier: MIT
// fault_convertd BOARD OPTIONS...: convertd with these options. The file BOARD controls its fault points.
#include "faults/fault_control.hpp"

int convertd_main(int argc, char** argv);  // the `main` of convertd

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  convert::test::connect_fault_points(argv[1]);
  return convertd_main(argc - 1, argv + 1);
}
