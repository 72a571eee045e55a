// SPDX-License-Identifier: MIT
// A store that is busy or damaged.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>

#include <gmock/gmock.h>

#include "faults/child_engine.hpp"
#include "faults/workload.hpp"
#include "support/audio_samples.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::IsEmpty;

/// Another process that holds SQLite's write lock (WAL mode: a lock on byte 120 of the -shm file), as a
/// long transaction does, until the destructor ends it.
class OtherWriter {
 public:
  explicit OtherWriter(const fs::path& database) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ == 0) hold(database.string() + "-shm", ends[1]);
    ::close(ends[1]);
    char word = 0;
    holds_ = ::read(ends[0], &word, 1) == 1;
    ::close(ends[0]);
  }
  ~OtherWriter() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  OtherWriter(const OtherWriter&) = delete;
  OtherWriter& operator=(const OtherWriter&) = delete;
  bool holds() const { return holds_; }

 private:
  [[noreturn]] static void hold(const std::string& file, int report_fd) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 120;
    lock.l_len = 1;
    if (::fcntl(descriptor, F_SETLKW, &lock) != 0 || ::write(report_fd, "1", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }

  pid_t process_ = 0;
  bool holds_ = false;
};

TEST(BusyStore, DelaysJobsAndLosesNone) {
  SKIP_WITHOUT_PROGRAMS("sha256sum");
  const TemporaryFolder folder;
  EngineFolder engine_folder(folder.path());
  Workload workload(engine_folder, seed());
  ChildEngine engine(folder.path(), {"busy=300"});
  ASSERT_TRUE(ready(engine));
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(workload.submit(engine));
  const auto late = engine_folder.add_input("late.wav", wav(0.2, 7));
  {
    const OtherWriter other(folder / "jobs.db");
    ASSERT_TRUE(other.holds());
    const auto answer = engine.request(fmt::format("submit late someone {} format=flac", late.string()));
    ASSERT_TRUE(answer) << "the engine crashed on a busy store";
    EXPECT_FALSE(answer->ok);
    EXPECT_EQ(answer->code, "unavailable") << answer->text;
    EXPECT_TRUE(answer->retryable);
    engine.exits_within(seconds(2));  // leases expire meanwhile: they cannot be renewed
  }
  fs::remove(late);
  EXPECT_TRUE(engine.alive());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(workload.submit(engine));
  ASSERT_TRUE(workload.resubmit_unacknowledged(engine));
  EXPECT_TRUE(eventually(kDeadline, [&] { return all_ended(*engine_folder.store()); }));
  EXPECT_TRUE(engine.shut_down());
  EXPECT_THAT(workload.problems(), IsEmpty());
}

void damage(const fs::path& file, std::size_t from, std::size_t bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(from));
  stream << std::string(bytes, '\x5a');
}

/// Makes a store with 100 jobs and closes it.
void fill(const EngineFolder& engine_folder) {
  const auto store = engine_folder.store();
  for (int i = 0; i < 100; ++i) {
    JobRequest request;
    request.owner = "someone";
    request.unique_key = fmt::format("job-{}", i);
    request.inputs.push_back({"a.wav", fmt::format("{}/input/a", i), 1, std::string(64, '0')});
    request.spec.format = "mp3";
    must(store->insert(request));
  }
}

TEST(DamagedStore, IsRejectedIfItsHeaderIsDamaged) {
  const TemporaryFolder folder;
  const EngineFolder engine_folder(folder.path());
  fill(engine_folder);
  damage(folder / "jobs.db", 0, 4096);
  ChildEngine engine(folder.path());
  const auto answer = engine.started();
  ASSERT_TRUE(answer) << "the engine crashed on a damaged store";
  EXPECT_FALSE(answer->ok);
  EXPECT_EQ(answer->code, "internal") << answer->text;
  EXPECT_FALSE(answer->retryable);
  EXPECT_THAT(answer->text, testing::HasSubstr("jobs.db"));
}

// Calls may fail, but the engine must not crash and must report the damage.
TEST(DamagedStore, DoesNotCrashTheEngine) {
  const TemporaryFolder folder;
  const EngineFolder engine_folder(folder.path());
  fill(engine_folder);
  damage(folder / "jobs.db", 4096, fs::file_size(folder / "jobs.db") - 4096);
  ChildEngine engine(folder.path());
  const auto answer = engine.started();
  ASSERT_TRUE(answer) << "the engine crashed on a damaged store";
  if (answer->ok) {
    const auto input = engine_folder.add_input("sound.wav", wav(0.2, 1));
    const auto refused = engine.request(fmt::format("submit x someone {} format=mp3", input.string()));
    ASSERT_TRUE(refused) << "the engine crashed on a damaged store";
    EXPECT_FALSE(refused->ok);
    EXPECT_EQ(refused->code, "internal") << refused->text;
    EXPECT_TRUE(engine.alive());
    EXPECT_TRUE(engine.shut_down());
  } else {
    EXPECT_EQ(answer->code, "internal") << answer->text;
  }
}

}  // namespace
}  // namespace convert::test
