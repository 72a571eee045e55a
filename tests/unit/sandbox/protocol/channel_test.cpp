// SPDX-License-Identifier: MIT
#include "sandbox/protocol/channel.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <thread>
#include <utility>

namespace convert::sandbox {
namespace {

std::pair<base::Descriptor, base::Descriptor> ends() { return Channel::pair().value(); }

void send_raw(int socket, std::string_view bytes) {
  ASSERT_EQ(::send(socket, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (int number = 0; number < 1024; ++number) count += ::fcntl(number, F_GETFD) >= 0 ? 1U : 0U;
  return count;
}

TEST(Channel, SplitsAndJoinsLongMessages) {
  auto [near, far] = ends();
  Channel sender(std::move(near));
  Channel receiver(std::move(far));
  std::vector<std::byte> bytes(std::size_t{3} << 20);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 31 / 7);
  std::jthread other([&] {
    EXPECT_TRUE(sender.send(9, bytes));
    EXPECT_TRUE(sender.send(10, {}));
  });
  const auto packet = receiver.receive();
  ASSERT_TRUE(packet) << packet.error().message;
  EXPECT_EQ(packet->kind, 9);
  EXPECT_EQ(packet->bytes, bytes);
  EXPECT_EQ(receiver.receive()->kind, 10);
}

TEST(Channel, PassesDescriptorsAsCloseOnExec) {
  auto [near, far] = ends();
  Channel sender(std::move(near));
  Channel receiver(std::move(far), {1000, 600});
  const base::Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::vector<int> numbers(600, file.get());
  std::jthread other([&] { EXPECT_TRUE(sender.send(1, {}, numbers)); });
  auto packet = receiver.receive();
  ASSERT_TRUE(packet) << packet.error().message;
  ASSERT_EQ(packet->descriptors.size(), 600U);
  for (const auto& descriptor : packet->descriptors) {
    EXPECT_NE(::fcntl(descriptor.get(), F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST(Channel, RejectsAndClosesUnexpectedDescriptors) {
  const std::size_t before = open_descriptors();
  {
    auto [near, far] = ends();
    Channel sender(std::move(near));
    Channel receiver(std::move(far), {1000, 1});
    const std::array<int, 2> numbers{0, 0};
    ASSERT_TRUE(sender.send(1, {}, numbers));
    EXPECT_EQ(receiver.receive().error().code, Errc::forbidden);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(Channel, RejectsInvalidPackets) {
  std::string full(65'536, '\0');
  full[0] = '\1';
  const std::vector<std::vector<std::string_view>> cases{
      {std::string_view("\1", 1)},
      {std::string_view("\1\2", 2)},
      {full, std::string_view("\2\1x", 3)},
      {full, std::string_view("\1\1", 2)},
  };
  for (const auto& packets : cases) {
    auto [near, far] = ends();
    for (const auto packet : packets) send_raw(near.get(), packet);
    Channel receiver(std::move(far));
    EXPECT_EQ(receiver.receive().error().code, Errc::forbidden);
  }
}

TEST(Channel, LimitsTheSizeOfMessages) {
  auto [near, far] = ends();
  Channel sender(std::move(near));
  Channel receiver(std::move(far), {100'000, 0});
  const std::vector<std::byte> bytes(100'001);
  std::jthread other([&] { (void)sender.send(1, bytes); });
  EXPECT_EQ(receiver.receive().error().code, Errc::limit_exceeded);
}

TEST(Channel, ReportsThatTheOtherSideHasClosed) {
  auto [near, far] = ends();
  Channel channel(std::move(near));
  far = base::Descriptor();
  EXPECT_EQ(channel.receive().error().code, Errc::not_found);
  EXPECT_EQ(channel.send(1, {}).error().code, Errc::unavailable);
}

TEST(Channel, CallsWaitInsteadOfBlocking) {
  auto [near, far] = ends();
  std::vector<short> waited_for;
  Channel channel(std::move(near), {}, [&](short events) -> Result<void> {
    waited_for.push_back(events);
    return Error{Errc::cancelled, "Enough."};
  });
  EXPECT_EQ(channel.receive().error().code, Errc::cancelled);
  const std::vector<std::byte> more_than_a_socket_holds(std::size_t{16} << 20);
  EXPECT_EQ(channel.send(1, more_than_a_socket_holds).error().code, Errc::cancelled);
  EXPECT_EQ(waited_for, (std::vector<short>{POLLIN, POLLOUT}));
}

// Otherwise a sender could keep the receiver busy with packets of one byte.
TEST(Channel, RejectsShortPacketsWithinAMessage) {
  auto [near, far] = ends();
  Channel receiver(std::move(far));
  send_raw(near.get(), std::string_view("\1\0x", 3));
  const auto packet = receiver.receive();
  ASSERT_FALSE(packet);
  EXPECT_EQ(packet.error().code, Errc::forbidden);
}

}  // namespace
}  // namespace convert::sandbox
