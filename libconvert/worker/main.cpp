// SPDX-License-Identifier: MIT
#include <convert/worker.hpp>

int main() { return convert::worker_main(convert::Library()); }
