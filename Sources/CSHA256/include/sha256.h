// SHA-256 by OpenSSL's libcrypto: a thin interface, so that Swift does not read OpenSSL's headers.

#ifndef REGIMEN_SHA256_H
#define REGIMEN_SHA256_H

#include <stddef.h>

/// A digest that is being computed.
typedef struct regimen_sha256 regimen_sha256;

/// A digest of no bytes yet; NULL if libcrypto cannot make one.
regimen_sha256 *regimen_sha256_begin(void);

/// Adds bytes. Returns 1, or 0 if libcrypto failed.
int regimen_sha256_add(regimen_sha256 *digest, const void *bytes, size_t count);

/// Writes the 32 bytes of the digest and frees it. Returns 1, or 0 if libcrypto failed.
int regimen_sha256_end(regimen_sha256 *digest, unsigned char out[32]);

#endif
