// SPDX-License-Identifier: MIT
#include "security/secrets_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>

#include <fstream>
#include <set>
#include <thread>

#include "base/file_descriptor.hpp"
#include "security/access_token.hpp"
#include "server/security/test_tokens.hpp"
#include "support/test_files.hpp"

namespace convert::server::security {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::HasSubstr;

constexpr std::chrono::seconds kLife = hours(24);

class SecretsFileTest : public testing::Test {
 protected:
  std::vector<Secret> open(Time now = kNow) { return open_or_create_secrets_file(file_, kLife, now).value(); }
  std::vector<Secret> read(Time now = kNow) { return read_secrets_file(file_, kLife, now).value(); }
  std::vector<Secret> rotate(Time now = kNow) { return rotate_secrets_file(file_, kLife, now).value(); }
  void write(const std::string& text, fs::perms permissions = fs::perms(0600)) {
    std::ofstream(file_, std::ios::binary) << text;
    fs::permissions(file_, permissions);
  }
  std::string text() const {
    std::ifstream stream(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  test::TemporaryFolder folder_;
  const fs::path file_ = folder_ / "secrets";
};

std::vector<std::string> ids(const std::vector<Secret>& secrets) {
  std::vector<std::string> found;
  for (const auto& secret : secrets) found.push_back(secret.id);
  return found;
}

TEST_F(SecretsFileTest, IsCreatedOnceForItsOwnerOnly) {
  EXPECT_EQ(read_secrets_file(file_, kLife, kNow).error().code, Errc::not_found);
  const auto made = open();
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].bytes.size(), 32U);
  EXPECT_EQ(made[0].valid_from, kNow);
  struct stat status {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  const auto again = open(kNow + hours(1));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].bytes, made[0].bytes);
  EXPECT_EQ(again[0].valid_from, made[0].valid_from);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"secrets"});
}

TEST_F(SecretsFileTest, ConcurrentCreatorsGetTheSameSecret) {
  std::mutex mutex;
  std::set<std::string> secrets;
  std::vector<std::thread> crew;
  for (int n = 0; n < 16; ++n) {
    crew.emplace_back([&] {
      const auto mine = open();
      const std::scoped_lock lock(mutex);
      for (const auto& secret : mine) secrets.insert(secret.bytes);
    });
  }
  for (auto& thread : crew) thread.join();
  EXPECT_EQ(secrets.size(), 1U);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"secrets"});
}

TEST_F(SecretsFileTest, RotationKeepsTokensValid) {
  const auto first = open()[0];
  const auto token = make_token({"ann", 0, kNow, kNow + kLife}, ring_of(read()));
  const auto rotated = rotate();
  ASSERT_EQ(rotated.size(), 2U);
  EXPECT_EQ(rotated[0].id, first.id);
  EXPECT_EQ(rotated[1].valid_from, kNow + minutes(1)) << "until then all processes have read it";
  EXPECT_EQ(ids(read()), ids(rotated));
  const auto ring = ring_of(rotated);
  EXPECT_EQ(ring.signing_secret(kNow + minutes(1) - milliseconds(1)).id, first.id);
  EXPECT_EQ(ring.signing_secret(kNow + minutes(1)).id, rotated[1].id);
  EXPECT_TRUE(verify_token(token, ring, kNow + hours(23)));
  struct stat status {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"secrets"});
}

TEST_F(SecretsFileTest, RemovesExpiredSecrets) {
  open();
  const auto rotated = rotate();
  const auto end = rotated[1].valid_from + kLife;
  EXPECT_EQ(read(end - milliseconds(1)).size(), 2U);
  EXPECT_EQ(ids(read(end)), std::vector<std::string>{rotated[1].id});
  const auto next = rotate(end);
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(next[0].id, rotated[1].id);
  EXPECT_EQ(text().find(rotated[0].id), std::string::npos) << "the old one is not even in the file";
  // After two rotations in a row, the second secret is kept as long, although it may not have signed.
  const auto third = rotate(end);
  EXPECT_EQ(third.size(), 3U);
}

TEST_F(SecretsFileTest, RejectsConcurrentRotation) {
  open();
  const auto holder = base::open_path(file_, O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(holder.get(), LOCK_EX), 0);
  const auto refused = rotate_secrets_file(file_, kLife, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(read().size(), 1U);
}

TEST_F(SecretsFileTest, RejectsFilesReadableByOthers) {
  open();
  for (const unsigned mode : {0640U, 0604U, 0660U, 0644U, 0601U}) {
    ASSERT_EQ(::chmod(file_.c_str(), mode), 0);
    const auto refused = open_or_create_secrets_file(file_, kLife, kNow);
    ASSERT_FALSE(refused) << mode;
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_THAT(refused.error().message, HasSubstr("chmod 600"));
  }
  ASSERT_EQ(::chmod(file_.c_str(), 0400), 0);
  EXPECT_EQ(open().size(), 1U);
}

TEST_F(SecretsFileTest, ReportsTheDamagedLine) {
  const std::string good = "k1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 1800000000000\n";
  write("# a comment\n\n" + good);
  ASSERT_EQ(read().size(), 1U);
  EXPECT_EQ(read()[0].id, "k1");
  EXPECT_EQ(read()[0].valid_from, kNow);
  for (const std::string line :
       {"k2", "k2 AAAA", "k2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "k2 AAEC= 1", "k2 AAEC 1x",
        "k2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8  1"}) {
    write(good + line + "\n");
    const auto refused = read_secrets_file(file_, kLife, kNow);
    ASSERT_FALSE(refused) << line;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr("line 2"));
    EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("AAEC"))) << "no secret in a message";
  }
  for (const std::string& all :
       {std::string(), std::string("# nothing\n"), good + good, std::string("k2 AAAA 1\n"),
        std::string(100'000, 'x'), std::string(1, '\0')}) {
    write(all);
    const auto refused = open_or_create_secrets_file(file_, kLife, kNow);
    ASSERT_FALSE(refused) << all.substr(0, 20);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr(file_.string()));
  }
}

TEST_F(SecretsFileTest, ReportsUnusablePaths) {
  const auto nowhere = open_or_create_secrets_file(folder_ / "none" / "secrets", kLife, kNow);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, Errc::not_found);
  EXPECT_THAT(nowhere.error().message, HasSubstr("none/secrets"));
  fs::create_directory(file_);
  fs::permissions(file_, fs::perms(0700));
  EXPECT_EQ(open_or_create_secrets_file(file_, kLife, kNow).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace convert::server::security
