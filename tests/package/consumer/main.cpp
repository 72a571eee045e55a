// SPDX-License-Identifier: MIT
// The smallest program: one header, five lines. consumer IN OUT
#include <cstdio>

#include <convert/convert.hpp>

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const convert::Library library;
  const auto report = library.convert_file(arguments[1], arguments[2]);
  if (!report) return std::fprintf(stderr, "%s\n", report.error().message.c_str()), 1;
  std::printf("%llu bytes\n", static_cast<unsigned long long>(report->outputs.at(0).size));
}
