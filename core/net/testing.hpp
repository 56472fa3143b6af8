// What the tests of core/net share: a raw TCP client that speaks any bytes, and a self-signed certificate.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/test_dir.hpp"
#include "core/io/deadline.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace mesh::net::testing {

using namespace std::chrono_literals;
inline constexpr auto patience = 20s;  // for things that happen; a test that waits this long has failed

// A client that sends and reads exactly what it is told.
class raw_client {
 public:
  explicit raw_client(const io::executor& on) : socket_(on) {}

  io::task<> connect(std::uint16_t port) {
    const boost::asio::ip::tcp::endpoint to(boost::asio::ip::address_v4::loopback(), port);
    co_await socket_.async_connect(to, boost::asio::use_awaitable);
  }

  io::task<> send(std::string data) {
    boost::system::error_code failure;
    co_await boost::asio::async_write(socket_, boost::asio::buffer(data),
                                      boost::asio::redirect_error(boost::asio::use_awaitable, failure));
  }

  // Reads until what was received contains wanted (all of it is returned and taken), or the end of the
  // connection.
  io::task<std::string> read_until(std::string wanted) {
    auto reading = read_on(std::move(wanted));
    auto got = co_await io::with_deadline(std::move(reading), patience);
    co_return got.value_or("(timed out)");
  }
  io::task<std::string> read_to_end() { return read_until("\xFF\xFE never sent \xFE\xFF"); }

  // Exactly count bytes, or fewer at the end of the connection.
  io::task<std::string> read_exactly(std::size_t count) {
    while (received_.size() < count && co_await more()) {
    }
    auto out = received_.substr(0, count);
    received_.erase(0, count);
    co_return out;
  }

  void close() { socket_.close(); }
  void shrink_receive_buffer() {
    socket_.open(boost::asio::ip::tcp::v4());
    socket_.set_option(boost::asio::socket_base::receive_buffer_size(4096));
  }

 private:
  io::task<bool> more() {
    std::array<char, 4096> chunk;
    boost::system::error_code failure;
    const auto count = co_await socket_.async_read_some(
        boost::asio::buffer(chunk), boost::asio::redirect_error(boost::asio::use_awaitable, failure));
    received_.append(chunk.data(), count);
    co_return !failure;
  }

  io::task<std::string> read_on(std::string wanted) {
    while (!received_.contains(wanted) && co_await more()) {
    }
    co_return std::exchange(received_, std::string());
  }

  boost::asio::basic_stream_socket<boost::asio::ip::tcp, io::executor> socket_;
  std::string received_;
};

// A key and a certificate for localhost, 127.0.0.1 and ::1, signed by itself.
struct self_signed {
  self_signed() : cert_file(dir / "cert.pem"), key_file(dir / "key.pem") {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), X509_free);
    X509_set_version(cert.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
    X509_set_pubkey(cert.get(), key.get());
    auto* name = X509_get_subject_name(cert.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("mesh"), -1,
                               -1, 0);
    X509_set_issuer_name(cert.get(), name);
    auto* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    X509_add_ext(cert.get(), names, -1);
    X509_EXTENSION_free(names);
    X509_sign(cert.get(), key.get(), EVP_sha256());
    std::FILE* file = std::fopen(cert_file.c_str(), "w");
    PEM_write_X509(file, cert.get());
    std::fclose(file);
    file = std::fopen(key_file.c_str(), "w");
    PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key.get(), &der);
    std::array<std::byte, 32> digest{};
    EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
               EVP_sha256(), nullptr);
    OPENSSL_free(der);
    key_sha256 = to_hex(digest);
  }

  test_dir dir;
  std::string cert_file;
  std::string key_file;
  std::string key_sha256;
};

}  // namespace mesh::net::testing
