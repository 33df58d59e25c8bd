#include "http/certificate.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/c_pointer.h"
#include "base/error.h"

namespace s3dr::http {
namespace {

using BioPointer = CPointer<BIO, BIO_free_all>;
using KeyPointer = CPointer<EVP_PKEY, EVP_PKEY_free>;
using CertificatePointer = CPointer<X509, X509_free>;
using NumberPointer = CPointer<BIGNUM, BN_free>;
using ExtensionPointer = CPointer<X509_EXTENSION, X509_EXTENSION_free>;
using NamesPointer = CPointer<GENERAL_NAMES, GENERAL_NAMES_free>;

// OpenSSL's own calls on good input fail only when memory does.
void need(bool good, const char* what) {
  if (!good) throw Error(ErrorKind::invalid, std::string("a certificate cannot be made: ") + what);
}

std::string take_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

Certificate to_pem(X509* certificate, EVP_PKEY* key) {
  const BioPointer first(BIO_new(BIO_s_mem()));
  need(first && PEM_write_bio_X509(first.get(), certificate) == 1, "writing it");
  const BioPointer second(BIO_new(BIO_s_mem()));
  need(second && PEM_write_bio_PrivateKey(second.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "writing its key");
  return {take_text(first.get()), Secret(take_text(second.get()))};
}

void add_extension(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPointer extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  need(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "an extension");
}

void set_time(ASN1_TIME* field, Instant time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  need(ASN1_TIME_set(field, static_cast<time_t>(seconds)) != nullptr, "the validity");
}

// Version, serial number, validity, subject and key: what every certificate begins with.
CertificatePointer begin(const std::string& common_name, EVP_PKEY* key, Instant now,
                         std::chrono::days validity) {
  if (common_name.empty() || common_name.size() > 64)
    throw Error(ErrorKind::invalid, "the common name of a certificate has 1 to 64 characters");
  CertificatePointer certificate(X509_new());
  need(certificate != nullptr, "no memory");
  need(X509_set_version(certificate.get(), X509_VERSION_3) == 1, "the version");
  const NumberPointer serial(BN_new());
  need(serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1, "the serial number");
  need(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())) != nullptr,
       "the serial number");
  set_time(X509_getm_notBefore(certificate.get()), now - std::chrono::hours(1));
  set_time(X509_getm_notAfter(certificate.get()), now + validity);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
  need(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, static_cast<int>(common_name.size()),
                                  -1, 0) == 1,
       "the common name");
  need(X509_set_pubkey(certificate.get(), key) == 1, "the key");
  return certificate;
}

KeyPointer make_key() {
  KeyPointer key(EVP_EC_gen("P-256"));
  need(key != nullptr, "the key");
  return key;
}

void add_name(GENERAL_NAMES* list, const std::string& name) {
  GENERAL_NAME* entry = nullptr;
  if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(name.c_str())) {
    entry = GENERAL_NAME_new();
    need(entry != nullptr, "no memory");
    GENERAL_NAME_set0_value(entry, GEN_IPADD, address);
  } else {
    const bool good =
        !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                 c == '.' || c == '*';
        });
    if (!good) throw Error(ErrorKind::invalid, "not a host name for a certificate: \"" + name + "\"");
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    need(text != nullptr && ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())) == 1,
         "no memory");
    entry = GENERAL_NAME_new();
    need(entry != nullptr, "no memory");
    GENERAL_NAME_set0_value(entry, GEN_DNS, text);
  }
  need(sk_GENERAL_NAME_push(list, entry) > 0, "no memory");
}

}  // namespace

Certificate make_certificate_authority(const std::string& common_name, Instant now,
                                       std::chrono::days validity) {
  const KeyPointer key = make_key();
  const CertificatePointer certificate = begin(common_name, key.get(), now, validity);
  X509* self = certificate.get();
  need(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1, "the issuer");
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  need(X509_sign(self, key.get(), EVP_sha256()) > 0, "the signature");
  return to_pem(self, key.get());
}

Certificate make_server_certificate(const Certificate& authority, const std::vector<std::string>& names,
                                    Instant now, std::chrono::days validity) {
  if (names.empty()) throw Error(ErrorKind::invalid, "a server certificate needs a name");
  const BioPointer first(
      BIO_new_mem_buf(authority.certificate_pem.data(), static_cast<int>(authority.certificate_pem.size())));
  const std::string& key_text = authority.private_key_pem.reveal();
  const BioPointer second(BIO_new_mem_buf(key_text.data(), static_cast<int>(key_text.size())));
  need(first && second, "no memory");
  const CertificatePointer issuer(PEM_read_bio_X509(first.get(), nullptr, nullptr, nullptr));
  // The callback keeps OpenSSL from asking on the terminal for the password of an encrypted key.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const KeyPointer issuer_key(PEM_read_bio_PrivateKey(second.get(), nullptr, no_password, nullptr));
  need(issuer && issuer_key && X509_check_private_key(issuer.get(), issuer_key.get()) == 1,
       "the authority's certificate and key are not usable");
  const KeyPointer key = make_key();
  const CertificatePointer certificate = begin(names.front(), key.get(), now, validity);
  X509* leaf = certificate.get();
  need(X509_set_issuer_name(leaf, X509_get_subject_name(issuer.get())) == 1, "the issuer");
  add_extension(leaf, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(leaf, issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(leaf, issuer.get(), NID_ext_key_usage, "serverAuth");
  add_extension(leaf, issuer.get(), NID_subject_key_identifier, "hash");
  add_extension(leaf, issuer.get(), NID_authority_key_identifier, "keyid:always");
  const NamesPointer list(sk_GENERAL_NAME_new_null());
  need(list != nullptr, "no memory");
  for (const std::string& name : names) add_name(list.get(), name);
  need(X509_add1_ext_i2d(leaf, NID_subject_alt_name, list.get(), 0, 0) == 1, "the names");
  need(X509_sign(leaf, issuer_key.get(), EVP_sha256()) > 0, "the signature");
  return to_pem(leaf, key.get());
}

}  // namespace s3dr::http
