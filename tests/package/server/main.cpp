// SPDX-License-Identifier: MIT
// A server in memory, and one request to it. Prints the answer's first line.
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <string>
#include <thread>

#include <convert/engine.hpp>
#include <convert/server/server.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;

int main() {
  asio::io_context context;
  convert::Engine engine{convert::EngineOptions{}};
  convert::server::Server server(context.get_executor(), engine);
  const auto port = server.listen("127.0.0.1", 0);
  if (!port) return std::fprintf(stderr, "%s\n", port.error().message.c_str()), 1;
  std::thread thread([&] { context.run_for(std::chrono::seconds(30)); });

  asio::io_context client;
  tcp::socket socket(client);
  socket.connect({asio::ip::address_v4::loopback(), *port});
  asio::write(socket,
              asio::buffer(std::string("GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")));
  std::string answer;
  asio::read_until(socket, asio::dynamic_buffer(answer), "\r\n");
  std::printf("%s\n", answer.substr(0, answer.find('\r')).c_str());

  context.stop();
  thread.join();
}
