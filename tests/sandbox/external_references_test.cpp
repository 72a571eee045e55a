// SPDX-License-Identifier: MIT
// Files that refer to other files and addresses: none is opened.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "sandbox/sandbox_fixtures.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

/// Listens on this machine and reports whether a connection came.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  bool was_contacted() const {
    const int caller = ::accept(socket_, nullptr, nullptr);
    if (caller >= 0) ::close(caller);
    return caller >= 0;
  }

 private:
  int socket_;
  int port_ = 0;
};

/// The content of a file, with `{}` in place of the address.
struct FileWithReference {
  const char* name;
  const char* text;
};

constexpr FileWithReference kFilesWithReferences[] = {
    {"playlist", "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"},
    {"master", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}\n"},
    {"key", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-KEY:METHOD=AES-128,URI=\"{0}\"\n#EXTINF:9,\n{0}\n"},
    {"concat", "ffconcat version 1.0\nfile '{}'\n"},
    {"dash",
     "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"><Period>"
     "<AdaptationSet><Representation id=\"1\"><BaseURL>{}</BaseURL></Representation></AdaptationSet>"
     "</Period></MPD>"},
    {"subtitle", "1\n00:00:00,000 --> 00:00:02,000\n<img src=\"{}\"/>\n"},
    {"svg",
     "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">"
     "<image xlink:href=\"{}\" width=\"9\" height=\"9\"/></svg>"},
    {"sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\na=control:{}\nm=audio 9 RTP/AVP 0\n"},
    {"asx", "<asx version=\"3.0\"><entry><ref href=\"{}\"/></entry></asx>"},
    {"pls", "[playlist]\nFile1={}\nNumberOfEntries=1\n"},
};

class References : public testing::TestWithParam<FileWithReference> {};

TEST_P(References, AreNotFollowed) {
  const TemporaryFolder folder;
  std::ofstream(folder / "secret.wav") << "RIFF a secret of the host that the file refers to";
  Listener listener;
  const auto sandbox = small_sandbox(CONVERT_WORKER, folder.path());
  for (const std::string& address :
       {std::string("/etc/passwd"), std::string("file:///etc/passwd"), (folder / "secret.wav").string(),
        fmt::format("http://127.0.0.1:{}/secret.ts", listener.port()),
        fmt::format("tcp://127.0.0.1:{}", listener.port())}) {
    SCOPED_TRACE(address);
    const auto file_with_reference = bytes_of(fmt::format(fmt::runtime(GetParam().text), address));
    const auto reader = memory_reader(file_with_reference);
    EXPECT_FALSE(sandbox->probe({reader.get(), "lure"}));
    for (const char* format : {"wav", "mp3"}) {
      OutputSpec spec;
      spec.format = format;
      const auto made = convert_in_memory(*sandbox, file_with_reference, spec);
      ASSERT_FALSE(made.report);
      EXPECT_THAT(made.report.error().message, IsASentence());
      EXPECT_THAT(made.report.error().message, testing::Not(testing::HasSubstr("root:")));
      EXPECT_TRUE(made.output.empty());
    }
  }
  EXPECT_FALSE(listener.was_contacted());
  EXPECT_EQ(sandbox->statistics().crashed, 0u) << "The converter must refuse the file, not crash.";
}

INSTANTIATE_TEST_SUITE_P(All, References, testing::ValuesIn(kFilesWithReferences),
                         [](const auto& one) { return std::string(one.param.name); });

/// Checks the listener itself.
TEST(ReferencesListener, NoticesAConnection) {
  Listener listener;
  EXPECT_FALSE(listener.was_contacted());
  const int caller = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(listener.port()));
  ASSERT_EQ(::connect(caller, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_TRUE(listener.was_contacted());
  ::close(caller);
}

}  // namespace
}  // namespace convert::test
