// SPDX-License-Identifier: MIT
#include "engine/random.hpp"

#include <openssl/rand.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "engine/crypto.hpp"

namespace convert::engine {
namespace {

void fill(std::span<std::byte> bytes) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers; check its configuration");
  }
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::vector<std::byte> random(bytes);
  fill(random);
  return to_hex(random);
}

double random_fraction() {
  std::uint32_t number = 0;
  fill(std::as_writable_bytes(std::span(&number, 1)));
  return static_cast<double>(number) / static_cast<double>(UINT32_MAX);
}

}  // namespace convert::engine
