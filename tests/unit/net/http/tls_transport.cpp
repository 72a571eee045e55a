// SPDX-License-Identifier: MIT
#include "unit/net/http/tls_transport.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>
#include <utility>

namespace convert::test {
namespace {

template <class T>
T* require(T* made) {
  if (!made) throw std::runtime_error("OpenSSL fails in a test");
  return made;
}

class TlsTransport : public StubTransport {
 public:
  explicit TlsTransport(SSL* ssl) : ssl_(ssl) {}
  ~TlsTransport() override { SSL_free(ssl_); }
  std::ptrdiff_t read(std::span<char> into) override {
    return SSL_read(ssl_, into.data(), static_cast<int>(into.size()));
  }
  std::ptrdiff_t write(std::string_view bytes) override {
    return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
  }

 private:
  SSL* ssl_;
};

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = require(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// A certificate for `key`, to be signed by `issuer`, or by itself without one.
X509* make_certificate(EVP_PKEY* key, const std::string& common_name, X509* issuer) {
  static std::atomic<long> serial = 1;
  X509* const certificate = require(X509_new());
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate));
  return certificate;
}

}  // namespace

TlsAuthority::TlsAuthority() : certificate_(nullptr), key_(require(EVP_EC_gen("P-256"))) {
  certificate_ = make_certificate(key_, "Test authority", nullptr);
  add_extension(certificate_, certificate_, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate_, key_, EVP_sha256());
}

TlsAuthority::~TlsAuthority() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

std::string TlsAuthority::certificate() const {
  BIO* const memory = require(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory, certificate_);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

HttpStubServer::Options TlsAuthority::server_for(const std::string& name, int max_version) const {
  EVP_PKEY* const key = require(EVP_EC_gen("P-256"));
  X509* const certificate = make_certificate(key, "Stub", certificate_);
  add_extension(certificate, certificate_, NID_subject_alt_name, name);
  X509_sign(certificate, key_, EVP_sha256());
  const std::shared_ptr<SSL_CTX> context(require(SSL_CTX_new(TLS_server_method())), SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), certificate);
  SSL_CTX_use_PrivateKey(context.get(), key);
  if (max_version != 0) {
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), max_version);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  HttpStubServer::Options options;
  options.transport = [context](int socket) -> std::unique_ptr<StubTransport> {
    SSL* const ssl = require(SSL_new(context.get()));
    auto transport = std::make_unique<TlsTransport>(ssl);
    SSL_set_fd(ssl, socket);
    if (SSL_accept(ssl) != 1) return nullptr;
    return transport;
  };
  return options;
}

}  // namespace convert::test
