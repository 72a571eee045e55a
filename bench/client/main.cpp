// SPDX-License-Identifier: MIT
// A load generator for an HTTP conversion service (convertd or bench/peers/service), used by bench/load and
// bench/compare:
//   bench_load users PORT N FILE             N concurrent users: log in, upload, list, wait, download, delete
//   bench_load uploads PORT N FILE           N concurrent uploads of one account
//   bench_load files PORT N AT_ONCE FORMAT FILE   from the upload to the last byte of the result
//   bench_load get PORT PATH SECONDS CONNECTIONS [TOKEN]   the same request repeatedly
//   bench_load listeners PORT N FILE         event streams until its input ends; prints when all are open
//   bench_load someone PORT N FILE           creates an account with N tasks and prints its token
// FILE is an MP3. Each prints one line of JSON (times in seconds); the exit status is 1 after any error.
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "scenarios.hpp"

namespace {

struct Mode {
  std::size_t min_words;
  std::size_t max_words;
  bench::Async<void> (*run)(bench::LoadRun&, const bench::Words&);
};

const std::map<std::string, Mode>& modes() {
  static const std::map<std::string, Mode> table = {
      {"users", {2, 2, bench::users}},         {"uploads", {2, 2, bench::uploads}},
      {"files", {4, 4, bench::files}},         {"get", {3, 4, bench::gets}},
      {"listeners", {2, 2, bench::listeners}}, {"someone", {2, 2, bench::prepare_account}}};
  return table;
}

constexpr std::chrono::minutes kRunTimeout(30);

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const Mode& mode, const std::string& name, std::uint16_t port, const bench::Words& words) {
  boost::asio::io_context context(1);
  bench::LoadRun run{context, {boost::asio::ip::address_v4::loopback(), port}};
  std::exception_ptr failure;
  bool ended = false;
  const auto done = [&](const std::exception_ptr& thrown) {
    failure = thrown;
    ended = true;
    context.stop();
  };
  boost::asio::co_spawn(context, mode.run(run, words), done);
  context.run_for(kRunTimeout);
  if (failure) std::rethrow_exception(failure);
  if (!ended) run.measurements.error("it took longer than half an hour");
  // `prepare_account` prints its token to the standard output.
  std::fprintf(name == "someone" ? stderr : stdout, "%s\n", run.measurements.json().c_str());
  return run.measurements.clean() ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const bench::Words all(arguments + 1, arguments + count);
  const auto mode = all.size() < 2 ? modes().end() : modes().find(all[0]);
  if (mode == modes().end() || all.size() - 2 < mode->second.min_words ||
      all.size() - 2 > mode->second.max_words) {
    std::fputs("usage: bench_load MODE PORT WORD...; see the start of bench/client/main.cpp\n", stderr);
    return 2;
  }
  raise_descriptor_limit();
  try {
    return run(mode->second, mode->first, static_cast<std::uint16_t>(std::stoul(all[1])),
               bench::Words(all.begin() + 2, all.end()));
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "bench_load: %s\n", exception.what());
    return 1;
  }
}
