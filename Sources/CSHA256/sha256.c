#include "sha256.h"

#include <openssl/evp.h>

regimen_sha256 *regimen_sha256_begin(void) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
    EVP_MD_CTX_free(context);
    context = NULL;
  }
  return (regimen_sha256 *)context;
}

int regimen_sha256_add(regimen_sha256 *digest, const void *bytes, size_t count) {
  return EVP_DigestUpdate((EVP_MD_CTX *)digest, bytes, count);
}

int regimen_sha256_end(regimen_sha256 *digest, unsigned char out[32]) {
  int done = EVP_DigestFinal_ex((EVP_MD_CTX *)digest, out, NULL);
  EVP_MD_CTX_free((EVP_MD_CTX *)digest);
  return done;
}
