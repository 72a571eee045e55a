// SPDX-License-Identifier: MIT
#include "sqlite/sqlite_database.hpp"

#include <gmock/gmock.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <span>
#include <string>

#include "conformance/support/child_process.hpp"
#include "unit/sqlite/database_fixture.hpp"

namespace convert::sqlite {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr int kProgram = 0x74657374;
constexpr Migration kFirst{1, 1, "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)"};
constexpr Migration kAdds{2, 1,
                          "ALTER TABLE notes ADD COLUMN size INTEGER; UPDATE notes SET size = length(text)"};
constexpr Migration kBreaks{3, 3, "ALTER TABLE notes RENAME TO letters"};
constexpr std::array kOne = {kFirst};
constexpr std::array kTwo = {kFirst, kAdds};
constexpr std::array kThree = {kFirst, kAdds, kBreaks};

class SchemaMigrationTest : public DatabaseTest {
 protected:
  Result<void> migrate_to(std::span<const Migration> steps) { return migrate(*connect(), {kProgram, steps}); }
  std::string version() { return query_text("SELECT version FROM schema_version"); }
};

TEST_F(SchemaMigrationTest, MigratesAnOlderFileAndKeepsItsRows) {
  ASSERT_TRUE(migrate_to(kOne));
  execute_directly("INSERT INTO notes (text) VALUES ('four')");
  const auto done = migrate_to(kThree);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(version(), "3");
  EXPECT_EQ(query_text("SELECT size FROM letters"), "4");
  EXPECT_TRUE(migrate_to(kThree));  // no step is applied twice
}

TEST_F(SchemaMigrationTest, UsesANewerFileWithAddedColumns) {
  ASSERT_TRUE(migrate_to(kTwo));
  EXPECT_TRUE(migrate_to(kOne));
  EXPECT_EQ(version(), "2");
}

TEST_F(SchemaMigrationTest, RejectsANewerFileWithIncompatibleChanges) {
  ASSERT_TRUE(migrate_to(kThree));
  const auto refused = migrate_to(kTwo);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("knows schema 3 or later"));
}

TEST_F(SchemaMigrationTest, RejectsTheFileOfAnotherSchema) {
  ASSERT_TRUE(migrate_to(kOne));
  const auto refused = migrate(*connect(), {kProgram + 1, kOne});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::internal);
  EXPECT_THAT(refused.error().message, HasSubstr("another program"));
}

TEST_F(SchemaMigrationTest, AFailedStepLeavesNoChanges) {
  ASSERT_TRUE(migrate_to(kOne));
  constexpr std::array broken = {kFirst,
                                 Migration{2, 2, "CREATE TABLE more (id); INSERT INTO nowhere VALUES (1)"}};
  const auto failed = migrate_to(broken);
  ASSERT_FALSE(failed);
  EXPECT_EQ(version(), "1");
  EXPECT_EQ(query_text("SELECT COUNT(*) FROM sqlite_master WHERE name = 'more'"), "0");
  EXPECT_TRUE(migrate_to(kTwo));
}

void die(sqlite3_context*, int, sqlite3_value**) { ::raise(SIGKILL); }

TEST_F(SchemaMigrationTest, AKilledMigrationContinuesNextTime) {
  ASSERT_TRUE(migrate_to(kOne));
  execute_directly("INSERT INTO notes (text) VALUES ('four')");
  constexpr std::array deadly = {
      kFirst,
      Migration{2, 1, "ALTER TABLE notes ADD COLUMN size INTEGER; UPDATE notes SET size = 7; SELECT die()"}};
  conformance::ChildProcess child([&](const auto&) {
    auto connection = Connection::open({file(), "notes"}, Connection::Access::write, 10s);
    if (!connection) return 1;
    sqlite3_create_function_v2((*connection)->handle(), "die", 0, SQLITE_UTF8, nullptr, die, nullptr, nullptr,
                               nullptr);
    return migrate(**connection, {kProgram, deadly}) ? 2 : 3;
  });
  ASSERT_EQ(child.wait(), -SIGKILL);
  EXPECT_EQ(version(), "1");
  const auto done = migrate_to(kTwo);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(version(), "2");
  EXPECT_EQ(query_text("SELECT size FROM notes"), "4");
}

}  // namespace
}  // namespace convert::sqlite
