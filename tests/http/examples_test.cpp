// SPDX-License-Identifier: MIT
// The examples that embed the service, run as programs, with curl as the client.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "http/support/curl_client.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(60);

/// A program with one argument, its data folder. Its first line contains the address on which it listens. The
/// destructor kills it.
class Example {
 public:
  Example(const char* program, const std::filesystem::path& folder) : output_(folder / "said") {
    const auto data = (folder / "data").string();
    process_ = ::fork();
    if (process_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(::open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::execl(program, program, data.c_str(), nullptr);
    ::_exit(127);
  }
  Example(const Example&) = delete;
  Example& operator=(const Example&) = delete;
  ~Example() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

  bool listens() {
    return eventually(kPatience, [this] { return read_file(output_).ends_with('\n'); });
  }
  std::string url(const std::string& path) const {
    const auto output = read_file(output_);
    return output.substr(0, output.find('\n')) + path;
  }

  /// Its exit code after Ctrl-C; -1: it is still running.
  int interrupt() {
    ::kill(process_, SIGINT);
    int status = -1;
    const bool ended =
        eventually(kPatience, [&] { return ::waitpid(process_, &status, WNOHANG) == process_; });
    if (!ended) return -1;
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  std::filesystem::path output_;
  pid_t process_ = 0;
};

class ServerExamples : public testing::Test {
 protected:
  /// A tone of one second.
  std::string tone() const {
    const auto path = folder_ / "tone.wav";
    const auto made = run("ffmpeg -y -v error -f lavfi -i sine -t 1 " + quoted(path));
    EXPECT_EQ(made.status, 0) << made.output;
    return path.string();
  }

  /// Waits until the task has ended. Returns its JSON.
  static std::string done(const std::vector<std::string>& authorization, const std::string& url) {
    auto arguments = authorization;
    arguments.push_back(url);
    std::string text;
    eventually(kPatience, [&] {
      text = curl(arguments).body;
      return text.find("UPLOADED") == std::string::npos && text.find("PROCESSING") == std::string::npos;
    });
    return text;
  }

  TemporaryFolder folder_;
};

TEST_F(ServerExamples, EmbedServerHasTheApiAndItsOwnRoute) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  Example example(EMBED_SERVER_PROGRAM, folder_.path());
  ASSERT_TRUE(example.listens());
  const auto own = curl({example.url("/greetings/Ann%20Lee")});
  EXPECT_EQ(own.status, 200) << own;
  EXPECT_EQ(own.body, "Good day, Ann Lee.\n");
  EXPECT_EQ(curl({example.url("/api/tasks")}).status, 401);

  const auto signup =
      curl({"-d", "username=ann&email=ann@example.org&password1=correct-horse&password2=correct-horse",
            example.url("/api/auth/signup")});
  ASSERT_EQ(signup.status, 200) << signup;
  const auto login = curl({"-d", "username=ann&password=correct-horse", example.url("/api/auth/login")});
  const auto begin = login.body.find("\"token\":\"") + 9;
  ASSERT_LT(begin, login.body.size()) << login;
  const auto authorization =
      "Authorization: Bearer " + login.body.substr(begin, login.body.find('"', begin) - begin);
  const auto made =
      curl({"-H", authorization, "-F", "file=@" + tone(), "-F", "newFormat=flac", example.url("/api/tasks")});
  ASSERT_EQ(made.status, 200) << made;
  EXPECT_THAT(done({"-H", authorization}, example.url("/api/tasks/1")), HasSubstr("PROCESSED"));
  const auto out = folder_ / "out.flac";
  EXPECT_EQ(curl({"-H", authorization, "-o", out.string(), example.url("/api/tasks/1/output")}).status, 200);
  EXPECT_EQ(run("ffprobe -v error -show_entries stream=codec_name -of csv=p=0 " + quoted(out)).output,
            "flac\n");
  EXPECT_EQ(example.interrupt(), 0);
}

TEST_F(ServerExamples, MountRouterLeavesUsersAndOtherPagesToTheHost) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  Example example(MOUNT_ROUTER_PROGRAM, folder_.path());
  ASSERT_TRUE(example.listens());
  EXPECT_EQ(curl({example.url("/")}).body, "The host's own page.\n");
  EXPECT_EQ(curl({example.url("/api/tasks")}).status, 404) << "only below the prefix";
  EXPECT_EQ(curl({example.url("/mediaeval")}).status, 404);
  EXPECT_EQ(curl({example.url("/media/healthz")}).status, 200);
  EXPECT_EQ(curl({example.url("/media/api/tasks")}).status, 401);
  EXPECT_EQ(curl({"-b", "session=0000", example.url("/media/api/tasks")}).status, 401);

  const std::vector<std::string> ann{"-b", "session=4f2c"};
  const auto made = curl({"-b", "session=4f2c", "-F", "file=@" + tone(), "-F", "newFormat=ogg",
                          example.url("/media/api/tasks")});
  ASSERT_EQ(made.status, 200) << made;
  EXPECT_THAT(done(ann, example.url("/media/api/tasks/1")), HasSubstr("PROCESSED"));
  EXPECT_EQ(curl({"-b", "session=4f2c", example.url("/media/api/tasks/1/output")}).body.substr(0, 4), "OggS");
  EXPECT_EQ(curl({"-b", "session=9e01", example.url("/media/api/tasks/1")}).status, 404)
      << "the task is not bob's";
  // Two requests on one connection: the bytes after the first belong to the second.
  const auto two = curl({"-b", "session=4f2c", example.url("/media/api/tasks/1"), "-o",
                         (folder_ / "one").string(), "--next", "-sS", example.url("/")});
  EXPECT_EQ(two.exit, 0) << two;
  EXPECT_EQ(example.interrupt(), 0);
}

}  // namespace
}  // namespace convert::test
