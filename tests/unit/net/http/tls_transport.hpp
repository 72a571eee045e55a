// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "support/http_stub_server.hpp"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct x509_st X509;
typedef struct evp_pkey_st EVP_PKEY;

namespace convert::test {

/// A certificate authority of the test, and the TLS of a stub server with a certificate of it.
class TlsAuthority {
 public:
  TlsAuthority();
  ~TlsAuthority();
  TlsAuthority(const TlsAuthority&) = delete;
  TlsAuthority& operator=(const TlsAuthority&) = delete;

  /// The authority's certificate as PEM.
  std::string certificate() const;

  /// Options of a server with a certificate for `name` ("IP:127.0.0.1", "DNS:host"). `max_version` as in
  /// TLS1_2_VERSION, or 0.
  HttpStubServer::Options server_for(const std::string& name, int max_version = 0) const;

 private:
  X509* certificate_;
  EVP_PKEY* key_;
};

}  // namespace convert::test
