// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz.c - feed one of the parsers, and what comes behind it, with any bytes.
 * Not part of kabi.
 *
 * With -DFUZZ_PARSER=name it is a target of libFuzzer. Without it is a program
 *
 *	fuzz PARSER ROUNDS FILE...
 *
 * that cuts each file at every byte and then changes it at random ROUNDS times,
 * always in the same way. It ends with status 0 unless a sanitizer stops it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "changes.h"
#include "crc.h"
#include "file.h"
#include "ko.h"
#include "pack.h"
#include "pads.h"
#include "patches.h"
#include "rules.h"
#include "source.h"
#include "whitelist.h"

/* use_side() - all that is done with types that were read. */
static void use_side(struct world *w, const struct side *s)
{
	static const struct header head = { .release = "-", .arch = "-", .flavour = "-",
					    .cc = "-", .config = "-", .scope = "types" };
	struct crc_work work;
	struct changes c;
	struct src_diff d;
	struct pack p;
	struct view v;
	FILE *null = fopen("/dev/null", "w");
	uint32_t i;

	view_init(&v, s);
	crc_init(&work, w);
	pack_init(&p, w);
	for (i = 0; i < s->nexport; i++) {
		struct crc_from from = { .new = &v };

		view_open(&v, s->export[i].unit);
		crc_symbol(&work, &from, s->export[i].name);
		pack_add_unit(&p, s->unit[v.unit].name, &v, &s->export[i].name, 1);
	}
	if (null) {
		pack_write(&p, &head, null);
		for (i = 1; i < w->nrec && i < 50; i++) {
			source_diff(&d, w, i - 1, i);
			source_print(&d, "", null);
			source_diff_free(&d);
		}
		fclose(null);
	}
	changes_find(&c, s, s, NULL, 1);
	if (c.n)
		abort();		/* from itself nothing differs */
	changes_free(&c);
	pack_free(&p);
	crc_free(&work);
	view_free(&v);
}

static void parse_symtypes(const void *data, size_t n)
{
	struct world w;
	struct side s;
	struct err err;

	world_init(&w);
	if (!side_load_memory(&s, &w, data, n, &err))
		use_side(&w, &s);
	side_free(&s);
	world_free(&w);
}

static void parse_baseline(const void *data, size_t n)
{
	struct baseline b;
	struct world w;
	struct lines l;
	struct err err;

	world_init(&w);
	lines_memory(&l, "memory", data, n, &err);
	if (!baseline_read(&b, &w, &l, true))
		use_side(&w, &b.side);
	baseline_free(&b);
	world_free(&w);
}

static void parse_symvers(const void *data, size_t n)
{
	struct symbols s = { 0 };
	struct pool names;
	struct lines l;
	struct err err;

	pool_init(&names);
	lines_memory(&l, "memory", data, n, &err);
	symvers_read(&s, &names, &l);
	symbols_free(&s);
	pool_free(&names);
}

static void parse_whitelist(const void *data, size_t n)
{
	struct whitelist wl = { 0 };
	struct pool names;
	struct lines l;
	struct err err;

	pool_init(&names);
	lines_memory(&l, "memory", data, n, &err);
	if (!whitelist_read(&wl, &names, &l))
		free(whitelist_who(&wl, &wl.v[0]));
	whitelist_free(&wl);
	pool_free(&names);
}

static void parse_rules(const void *data, size_t n)
{
	struct question q = { KIND_CRC, "dev_open", "vmlinux", "", 1, 2 };
	struct release now = { 1, 0, true };
	struct rules r = { 0 };
	struct lines l;
	struct err err;

	lines_memory(&l, "memory", data, n, &err);
	if (!rules_read(&r, &l))
		rules_find(&r, &q, now);
	rules_free(&r);
}

static void parse_ko(const void *data, size_t n)
{
	struct module m;
	struct err err;

	if (!ko_read(&m, "memory", data, n, &err))
		ko_free(&m);
}

static void parse_patch(const void *data, size_t n)
{
	char word[] = "added", *words[] = { word };
	struct patches p = { 0 };
	struct lines l;
	struct err err;
	bool sure;

	pool_init(&p.words);
	lines_memory(&l, "memory", data, n, &err);
	if (!patches_read(&p, "memory", &l)) {
		patches_index(&p);
		patches_find(&p, "struct inner", words, 1, &sure);
	}
	patches_free(&p);
}

static void parse_pads(const void *data, size_t n)
{
	struct pads p;
	struct err err;

	if (!pads_read(&p, "memory", data, n, &err))
		pads_free(&p);
}

#ifdef FUZZ_PARSER
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* the others are for the other targets */
	(void)parse_symtypes; (void)parse_baseline; (void)parse_symvers;
	(void)parse_whitelist; (void)parse_rules; (void)parse_ko; (void)parse_patch;
	(void)parse_pads;
	JOIN(parse_, FUZZ_PARSER)(data, n);
	return 0;
}
#else
static uint64_t seed = 88172645463325252u;

static uint64_t chance(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return below ? seed % below : 0;
}

/* mutate() - a few bytes changed, taken out or put in; the new size. */
static size_t mutate(char *p, size_t n, size_t room)
{
	static const char liked[] = "\n \t\0~%#[]{}\"'*0-=\xff\x7f";
	uint64_t times = 1 + chance(4);

	while (times-- && n) {
		size_t at = chance(n), len = 1 + chance(8);

		if (len > n - at)
			len = n - at;
		switch (chance(4)) {
		case 0:
			p[at] = (char)chance(256);
			break;
		case 1:
			p[at] = liked[chance(sizeof(liked) - 1)];
			break;
		case 2:
			memmove(p + at, p + at + len, n - at - len);
			n -= len;
			break;
		default:
			if (n + len > room)
				break;
			memmove(p + at + len, p + at, n - at);
			n += len;
		}
	}
	return n;
}

/* give() - a copy of exactly n bytes, so that reading behind them is seen. */
static void give(void (*parse)(const void *, size_t), const char *data, size_t n)
{
	char *copy = xmalloc(n);

	if (n)
		memcpy(copy, data, n);
	parse(copy, n);
	free(copy);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*parse)(const void *data, size_t n);
	} parsers[] = {
		{ "symtypes", parse_symtypes }, { "baseline", parse_baseline },
		{ "symvers", parse_symvers }, { "whitelist", parse_whitelist },
		{ "rules", parse_rules }, { "ko", parse_ko }, { "patch", parse_patch },
		{ "pads", parse_pads },
	};
	void (*parse)(const void *data, size_t n) = NULL;
	char *data, *copy;
	size_t i, n, times = 0;
	struct err err;
	uint32_t round, rounds = 0;
	int arg;

	for (i = 0; argc > 3 && i < ARRAY_SIZE(parsers); i++)
		if (!strcmp(argv[1], parsers[i].name))
			parse = parsers[i].parse;
	if (!parse || !str_u32(str_of(argv[2]), 10, &rounds)) {
		fputs("usage: fuzz PARSER ROUNDS FILE...\n", stderr);
		return 2;
	}
	for (arg = 3; arg < argc; arg++) {
		if (file_read(argv[arg], &data, &n, &err) < 0) {
			fprintf(stderr, "fuzz: %s\n", err.msg);
			return 2;
		}
		for (i = 0; i <= n; i++, times++)
			give(parse, data, i);
		copy = xmalloc(n + 64);
		for (round = 0; round < rounds; round++, times++) {
			memcpy(copy, data, n);
			give(parse, copy, mutate(copy, n, n + 64));
		}
		free(copy);
		free(data);
	}
	printf("%zu inputs\n", times);
	return 0;
}
#endif
