/* SPDX-License-Identifier: GPL-2.0-only */
/* pads.h - the reserved slots of structures, read from C source. */
#ifndef KABI_PADS_H
#define KABI_PADS_H

#include "util.h"

struct pad {
	char *owner;			/* "struct foo"; "" outside of any */
	uint32_t number, line;
	bool used;
};

struct pads {
	struct pad *v;			/* in the order of the file */
	size_t n, cap;
};

/*
 * pads_read() - find KABI_PAD(n), KABI_PAD_USE(n, ...) and KABI_PAD_USE2(n, ...)
 * in n bytes of C at text, the content of file. Comments, strings and
 * preprocessor lines are passed over. 0, or -1: a macro without a number.
 */
int pads_read(struct pads *p, const char *file, const char *text, size_t n, struct err *err);
void pads_free(struct pads *p);

#endif
