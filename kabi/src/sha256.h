/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KABI_SHA256_H
#define KABI_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t h[8];
	uint64_t bytes;
	unsigned char block[64];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t n);
/* sha256_hex() - finish: 64 hexadecimal digits and NUL. */
void sha256_hex(struct sha256 *s, char hex[65]);

#endif
