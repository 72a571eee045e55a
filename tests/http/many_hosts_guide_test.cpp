// SPDX-License-Identifier: MIT
// The commands of server/docs/many-hosts.md, run in their order against PostgreSQL, an object store and a
// load balancer on this machine.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "http/support/task_client.hpp"
#include "support/ceph_gateway.hpp"
#include "support/postgres_server.hpp"
#include "support/s3_server.hpp"
#include "support/server_process.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kValuesMark = "<!-- values";
constexpr std::string_view kPasswordOfDatabase = "a-password-that-no-log-shows";

/// The blocks of commands in a Markdown text. The one below `kValuesMark` is replaced by `values`.
std::vector<std::string> command_blocks(const std::string& markdown, const std::string& values) {
  std::vector<std::string> blocks;
  std::istringstream lines(markdown);
  std::string line;
  bool inside = false;
  bool are_values = false;
  while (std::getline(lines, line)) {
    if (line.starts_with(kValuesMark)) {
      are_values = true;
    } else if (!inside && line == "```sh") {
      inside = true;
      blocks.push_back(are_values ? values : std::string());
    } else if (inside && line == "```") {
      inside = false;
      are_values = false;
    } else if (inside && !are_values) {
      blocks.back().append(line).append("\n");
    }
  }
  return blocks;
}

/// A script that ends at the first command that fails, and names its block.
std::string script_of(const std::vector<std::string>& blocks) {
  std::string script =
      "set -euo pipefail\n"
      "trap 'kill -KILL $(jobs -p) 2>/dev/null || true' EXIT\n";
  int number = 0;
  for (const auto& block : blocks) script += fmt::format("echo '== block {}'\n{}", ++number, block);
  return script + "echo '== end'\n";
}

TEST(ManyHostsGuide, ItsCommandsWork) {
  SKIP_WITHOUT_POSTGRESQL();
  SKIP_WITHOUT_CEPH();
  SKIP_WITHOUT_PROGRAMS("bash", "curl", "openssl", "haproxy", "psql");
  const PostgresServer database({.tls = true});
  for (const auto* role : {"convertd", "convert_owner"})
    database.sql(fmt::format("CREATE ROLE {} LOGIN PASSWORD '{}'", role, kPasswordOfDatabase));
  const CephGateway gateway;
  const auto& store = gateway.access();
  const auto storage = bucket_uri(store, make_bucket(store));
  const TemporaryFolder folder;
  write_file(folder / "song.wav", wav_clip());
  const auto values = fmt::format(
      "DATABASE='postgresql://convertd@localhost:{0}/postgres?sslrootcert={1}'\n"
      "OWNER='postgresql://convert_owner:{2}@localhost:{0}/postgres?sslrootcert={1}'\n"
      "ADMIN='host={3} port={0} user=postgres dbname=postgres' PRIVILEGES='{4}'\n"
      "STORAGE='{5}'\n"
      "WEB1=127.0.0.1:{6} WEB2=127.0.0.1:{7} WORKER1=127.0.0.1:{8} BALANCER=127.0.0.1:{9} PROXY=127.0.0.1\n"
      "export PGPASSWORD={2} AWS_ACCESS_KEY_ID={10} AWS_SECRET_ACCESS_KEY={11}\n",
      database.port(), database.authority().string(), kPasswordOfDatabase, database.socket_folder().string(),
      PRIVILEGES, storage, free_port(), free_port(), free_port(), free_port(), store.access_key,
      store.secret_key);
  const auto blocks = command_blocks(read_file(GUIDE), values);
  ASSERT_GT(blocks.size(), 10U);
  ASSERT_EQ(blocks.front(), values);
  write_file(folder / "script", script_of(blocks));

  const auto ran =
      run(fmt::format("cd {} && env -u DATABASE_URL PATH={}:\"$PATH\" timeout 240 bash script 2>&1",
                      quoted(folder.path()), quoted(fs::path(CONVERTD_PROGRAM).parent_path())));
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("ok      storage s3://"),
                                HasSubstr("bob\tbob@example.org\tadmin\tactive"), HasSubstr("== end")));
  EXPECT_THAT(ran.output, AllOf(Not(HasSubstr("FAILED")), Not(HasSubstr(kPasswordOfDatabase)),
                                Not(HasSubstr(store.secret_key))));
  EXPECT_GT(fs::file_size(folder / "song.mp3"), 100U);
  for (const auto* host : {"web1", "web2"}) {
    EXPECT_FALSE(fs::exists(folder / host / "blobs")) << "a host keeps temporary files only";
    EXPECT_FALSE(fs::exists(folder / host / "secrets"));
  }
}

}  // namespace
}  // namespace convert::test
