/* SPDX-License-Identifier: GPL-2.0-only */
/* ko.h - what a kernel module asks for: read from its ELF file. */
#ifndef KABI_KO_H
#define KABI_KO_H

#include "util.h"

struct need {
	char *name;
	uint32_t crc;
	bool has_crc;			/* it stands in __versions */
	bool undefined;			/* it is an undefined symbol */
	bool weak;			/* may stay undefined */
};

struct module {
	char *name;			/* of .modinfo; or the file's */
	char *license, *vermagic;	/* "" if absent */
	char **ns;			/* namespaces it imports */
	size_t nns;
	char **export;			/* symbols it exports itself */
	size_t nexport, export_cap;
	struct need *need;		/* sorted by name, each once */
	size_t n, cap;
	bool has_versions;
};

/*
 * ko_read() - parse n bytes at data, the content of file (for messages). 32
 * and 64 bit, little-endian. 0, or -1: no module, or damaged.
 */
int ko_read(struct module *m, const char *file, const void *data, size_t n,
	     struct err *err);
/* ko_open() - the same from a file. */
int ko_open(struct module *m, const char *file, struct err *err);
void ko_free(struct module *m);

#endif
