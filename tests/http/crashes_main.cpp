// SPDX-License-Identifier: MIT
// fault_convertd BOARD OPTIONS...: convertd with these options, whose fault points obey that board.
#include "faults/fault_control.hpp"

int convertd_main(int argc, char** argv);  // what is `main` in convertd

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  convert::test::connect_fault_points(argv[1]);
  return convertd_main(argc - 1, argv + 1);
}
