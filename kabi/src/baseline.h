/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * baseline.h - a frozen kABI in one text file that git shows well: sorted, one
 * line a symbol and a type.
 *
 *	kabi-baseline 2
 *	release 6.12.117-1.0.stillwater
 *	major 1
 *	arch x86
 *	flavour default
 *	cc gcc (Debian 12.2.0-14) 12.2.0
 *	config <sha256 of .config, or ->
 *	scope listed			listed: the whitelist; all: every export
 *	%symbols
 *	0x7198c3ca dev_get_by_name vmlinux - - net/core/dev
 *	%types
 *	s#foo struct @ { int a ; }
 *	~1 s#foo struct @ { UNKNOWN }
 *	%units
 *	net/core/dev s#foo~1
 *	%end <lines above> <sha256 of them>
 *
 * A symbol: CRC (or - where only types are kept), name, module, G for GPL only
 * or -, namespace or -, unit or -. The most common body of a type is its
 * default; %units lists departures only. Behind the name of a record @ stands for
 * it, without what says its kind: a tenth of the file. A word that is made of @ has
 * one more than it means. Version 1 is the same without that, and still read.
 */
#ifndef KABI_BASELINE_H
#define KABI_BASELINE_H

#include "side.h"

struct header {
	char *release, *arch, *flavour, *cc, *config, *scope;
	uint32_t major;
};

struct baseline {
	struct header head;
	struct side side;		/* its syms are the symbols */
};

/* record_own() - the name of the record line, without what says its kind. */
struct str record_own(struct str line);
/* word_is_mark() - s is made of @ alone. */
bool word_is_mark(struct str s);
/*
 * baseline_read() - 0, or -1: malformed, cut off or edited. Without types only
 * the symbols are kept; of the rest nothing but the sum is looked at.
 */
int baseline_read(struct baseline *b, struct world *w, struct lines *l, bool types);
void baseline_free(struct baseline *b);
void header_free(struct header *h);

#endif
