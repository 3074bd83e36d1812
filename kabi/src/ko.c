// SPDX-License-Identifier: GPL-2.0-only
/*
 * ko.c - read a kernel module (ko.h). Every offset and size is checked against
 * the file before it is used; fields are read byte by byte, as the file may lie
 * at any address.
 */
#include <elf.h>
#include <stdlib.h>

#include "file.h"
#include "ko.h"

struct section {
	uint32_t type, link;
	const char *name;
	const unsigned char *p;		/* NULL: takes no place in the file */
	size_t n;			/* bytes */
};

struct elf {
	const char *file;
	const unsigned char *p;
	size_t n;
	bool is64;
	struct section *section;
	uint32_t nsection;
	struct err *err;
};

/* get() - little-endian, bytes long. */
static uint64_t get(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

/* text_at() - the string at offset at of a section; NULL if it has no end. */
static const char *text_at(const struct section *s, uint64_t at)
{
	if (!s->p || at >= s->n || !memchr(s->p + at, 0, s->n - at))
		return NULL;
	return (const char *)s->p + at;
}

static int damaged(const struct elf *e, const char *what)
{
	return fail(e->err, "%s: %s: damaged or cut off, build the module again", e->file, what);
}

/* read_header() - one section header at p. */
static int read_header(struct elf *e, const unsigned char *p, struct section *s, uint32_t *name)
{
	uint64_t offset = e->is64 ? get(p + 24, 8) : get(p + 16, 4);
	uint64_t size = e->is64 ? get(p + 32, 8) : get(p + 20, 4);

	*name = (uint32_t)get(p, 4);
	s->type = (uint32_t)get(p + 4, 4);
	s->link = (uint32_t)get(p + (e->is64 ? 40 : 24), 4);
	if (s->type == SHT_NOBITS || s->type == SHT_NULL)
		return 0;
	if (offset > e->n || size > e->n - offset)
		return damaged(e, "a section reaches over the end of the file");
	s->p = e->p + offset;
	s->n = (size_t)size;
	return 0;
}

static int read_sections(struct elf *e)
{
	uint64_t at = e->is64 ? get(e->p + 0x28, 8) : get(e->p + 0x20, 4);
	const unsigned char *tail = e->p + (e->is64 ? 0x3a : 0x2e);
	size_t entry = get(tail, 2), count = get(tail + 2, 2), names = get(tail + 4, 2);
	uint32_t *name, i;
	int ret = 0;

	if (entry != (e->is64 ? 64 : 40) || !count || at > e->n || count > (e->n - at) / entry)
		return damaged(e, "no table of sections");
	e->section = xcalloc(count, sizeof(*e->section));
	e->nsection = (uint32_t)count;
	name = xcalloc(count, sizeof(*name));
	for (i = 0; i < count && !ret; i++)
		ret = read_header(e, e->p + at + i * entry, &e->section[i], &name[i]);
	if (!ret && names >= count)
		ret = damaged(e, "no names of sections");
	for (i = 0; i < count && !ret; i++) {
		e->section[i].name = text_at(&e->section[names], name[i]);
		if (!e->section[i].name)
			ret = damaged(e, "a section without a name");
	}
	free(name);
	return ret;
}

static const struct section *find_section(const struct elf *e, const char *name)
{
	uint32_t i;

	for (i = 0; i < e->nsection; i++)
		if (e->section[i].p && !strcmp(e->section[i].name, name))
			return &e->section[i];
	return NULL;
}

static struct need *add_need(struct module *m, const char *name, size_t n)
{
	struct need *need;

	m->need = vec_room(m->need, &m->cap, m->n + 1, sizeof(*m->need));
	need = &m->need[m->n++];
	memset(need, 0, sizeof(*need));
	need->name = xstrndup(name, n);
	return need;
}

/* read_versions() - entries of 64 bytes: a long with the CRC, and the name. */
static int read_versions(struct elf *e, struct module *m)
{
	const struct section *s = find_section(e, "__versions");
	size_t i, crc = e->is64 ? 8 : 4;
	struct need *need;

	if (!s)
		return 0;
	m->has_versions = true;
	if (s->n % 64)
		return damaged(e, "__versions is no list of entries of 64 bytes");
	for (i = 0; i < s->n; i += 64) {
		const char *name = (const char *)s->p + i + crc;

		if (!*name || !memchr(name, 0, 64 - crc))
			return damaged(e, "a name in __versions without its end");
		need = add_need(m, name, strlen(name));
		need->crc = (uint32_t)get(s->p + i, 4);
		need->has_crc = true;
	}
	return 0;
}

/* add_export() - a symbol __ksymtab_NAME that is defined says that NAME is exported. */
static void add_export(struct module *m, const char *name)
{
	static const char prefix[] = "__ksymtab_";
	size_t n = sizeof(prefix) - 1;

	if (strncmp(name, prefix, n) || !name[n])
		return;
	m->export = vec_room(m->export, &m->export_cap, m->nexport + 1, sizeof(*m->export));
	m->export[m->nexport++] = xstrndup(name + n, strlen(name + n));
}

static int read_symbols(struct elf *e, struct module *m)
{
	size_t entry = e->is64 ? 24 : 16, i;
	const struct section *s = NULL, *names;
	struct need *need;
	uint32_t k;

	for (k = 0; k < e->nsection; k++)
		if (e->section[k].p && e->section[k].type == SHT_SYMTAB)
			s = &e->section[k];
	if (!s)
		return fail(e->err, "%s: no symbols: a module that was stripped whole can't be loaded",
			    e->file);
	if (s->n % entry || s->link >= e->nsection)
		return damaged(e, "the table of symbols");
	names = &e->section[s->link];
	for (i = entry; i < s->n; i += entry) {
		const unsigned char *p = s->p + i;
		unsigned bind = p[e->is64 ? 4 : 12] >> 4;
		const char *name;

		name = text_at(names, get(p, 4));
		if (!name)
			return damaged(e, "a symbol without a name");
		if (get(p + (e->is64 ? 6 : 14), 2) != SHN_UNDEF) {
			add_export(m, name);
			continue;
		}
		if (!*name)
			continue;
		need = add_need(m, name, strlen(name));
		need->undefined = true;
		need->weak = bind == STB_WEAK;
	}
	return 0;
}

static char *replace(char *old, const char *s)
{
	free(old);
	return xstrndup(s, strlen(s));
}

/* read_info() - .modinfo: strings "key=value", each with a NUL. */
static int read_info(struct elf *e, struct module *m)
{
	const struct section *s = find_section(e, ".modinfo");
	size_t at = 0;

	if (!s)
		return fail(e->err, "%s: no .modinfo: not a kernel module", e->file);
	while (at < s->n) {
		const char *t = text_at(s, at);

		if (!t)
			return damaged(e, ".modinfo");
		if (!strncmp(t, "license=", 8))
			m->license = replace(m->license, t + 8);
		else if (!strncmp(t, "vermagic=", 9))
			m->vermagic = replace(m->vermagic, t + 9);
		else if (!strncmp(t, "name=", 5))
			m->name = replace(m->name, t + 5);
		else if (!strncmp(t, "import_ns=", 10)) {
			m->ns = xrealloc(m->ns, m->nns + 1, sizeof(*m->ns));
			m->ns[m->nns++] = xstrndup(t + 10, strlen(t + 10));
		}
		at += strlen(t) + 1;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct need *)a)->name, ((const struct need *)b)->name);
}

/* join() - one entry for each name. Two CRCs for one are an error. */
static int join(struct elf *e, struct module *m)
{
	size_t i, n = 0;

	if (m->n)
		qsort(m->need, m->n, sizeof(*m->need), by_name);
	for (i = 0; i < m->n; i++) {
		struct need *last = n ? &m->need[n - 1] : NULL, *now = &m->need[i];

		if (!last || strcmp(last->name, now->name)) {
			m->need[n++] = *now;
			continue;
		}
		if (last->has_crc && now->has_crc && last->crc != now->crc) {
			fail(e->err, "%s: two CRCs for %s in __versions: build the module again",
			     e->file, now->name);
			/* the entries between are owned by those before n */
			for (; i < m->n; i++)
				free(m->need[i].name);
			m->n = n;
			return -1;
		}
		if (now->has_crc)
			last->crc = now->crc;
		last->has_crc |= now->has_crc;
		last->undefined |= now->undefined;
		last->weak |= now->weak;
		free(now->name);
	}
	m->n = n;
	return 0;
}

static int check_ident(struct elf *e)
{
	static const unsigned char gz[] = { 0x1f, 0x8b }, xz[] = { 0xfd, '7', 'z' },
		zst[] = { 0x28, 0xb5, 0x2f, 0xfd };

	if (e->n > 4 && (!memcmp(e->p, gz, 2) || !memcmp(e->p, xz, 3) || !memcmp(e->p, zst, 4)))
		return fail(e->err, "%s: a compressed module: unpack it first (xz -dk, zstd -dk, gunzip -k)",
			    e->file);
	if (e->n < EI_NIDENT || memcmp(e->p, ELFMAG, SELFMAG))
		return fail(e->err, "%s: not an ELF file: give a module (.ko)", e->file);
	e->is64 = e->p[EI_CLASS] == ELFCLASS64;
	if (!e->is64 && e->p[EI_CLASS] != ELFCLASS32)
		return damaged(e, "neither 32 nor 64 bit");
	if (e->p[EI_DATA] != ELFDATA2LSB)
		return fail(e->err, "%s: big-endian, which no kernel of this series is", e->file);
	if (e->n < (e->is64 ? 64 : 52))
		return damaged(e, "no header");
	if (get(e->p + 16, 2) != ET_REL)
		return fail(e->err, "%s: not a relocatable file: give a module (.ko)", e->file);
	return 0;
}

int ko_read(struct module *m, const char *file, const void *data, size_t n, struct err *err)
{
	struct elf e = { .file = file, .p = data, .n = n, .err = err };
	const char *base = strrchr(file, '/');
	int ret;

	memset(m, 0, sizeof(*m));
	base = base ? base + 1 : file;
	m->name = xstrndup(base, strcspn(base, "."));
	m->license = xstrndup("", 0);
	m->vermagic = xstrndup("", 0);
	ret = check_ident(&e);
	if (!ret)
		ret = read_sections(&e);
	if (!ret)
		ret = read_info(&e, m);
	if (!ret)
		ret = read_versions(&e, m);
	if (!ret)
		ret = read_symbols(&e, m);
	if (!ret)
		ret = join(&e, m);
	free(e.section);
	if (ret)
		ko_free(m);
	return ret;
}

int ko_open(struct module *m, const char *file, struct err *err)
{
	char *data;
	size_t n;
	int ret;

	memset(m, 0, sizeof(*m));
	if (file_read(file, &data, &n, err) < 0)
		return -1;
	ret = ko_read(m, file, data, n, err);
	free(data);
	return ret;
}

void ko_free(struct module *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free(m->need[i].name);
	for (i = 0; i < m->nns; i++)
		free(m->ns[i]);
	for (i = 0; i < m->nexport; i++)
		free(m->export[i]);
	free(m->export);
	free(m->need);
	free(m->ns);
	free(m->name);
	free(m->license);
	free(m->vermagic);
	memset(m, 0, sizeof(*m));
}
