/* SPDX-License-Identifier: GPL-2.0 */
/*
 * btf.h - finds types and members in the kernel's own BTF, without libbpf.
 */
#ifndef SW_FEATURES_BTF_H
#define SW_FEATURES_BTF_H

#include <linux/btf.h>

#include "sw.h"

static char *btf_data;
static const char *btf_strings;

/* Read /sys/kernel/btf/vmlinux; 0, or a negative errno. */
static inline int btf_read(void)
{
	size_t size = 0, room = 64UL << 20;
	struct btf_header *h;
	ssize_t n;
	int fd;

	fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	btf_data = malloc(room);
	while (btf_data && (n = read(fd, btf_data + size, room - size)) > 0)
		size += (size_t)n;
	close(fd);
	if (!btf_data || size < sizeof(*h))
		return -ENODATA;
	h = (struct btf_header *)btf_data;
	if (h->magic != BTF_MAGIC)
		return -EINVAL;
	btf_strings = btf_data + h->hdr_len + h->str_off;
	return 0;
}

/* Bytes that follow the type T. */
static inline size_t btf_tail(const struct btf_type *t)
{
	size_t n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(__u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return n * 3 * sizeof(__u32);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	default:
		return 0;
	}
}

/* The id of the type NAME of KIND, and in *FOUND the type; 0 if there is none. */
static inline unsigned int btf_find(unsigned int kind, const char *name,
				    const struct btf_type **found)
{
	struct btf_header *h = (struct btf_header *)btf_data;
	char *p = btf_data + h->hdr_len + h->type_off, *end = p + h->type_len;
	unsigned int id;

	for (id = 1; p < end; id++) {
		const struct btf_type *t = (struct btf_type *)p;

		if (BTF_INFO_KIND(t->info) == kind &&
		    !strcmp(btf_strings + t->name_off, name)) {
			*found = t;
			return id;
		}
		p += sizeof(*t) + btf_tail(t);
	}
	return 0;
}

/* The byte offset of MEMBER in the structure T, or -1. */
static inline long btf_offset(const struct btf_type *t, const char *member)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	unsigned int i;

	for (i = 0; i < BTF_INFO_VLEN(t->info); i++)
		if (!strcmp(btf_strings + m[i].name_off, member))
			return (long)(BTF_INFO_KFLAG(t->info) ?
				BTF_MEMBER_BIT_OFFSET(m[i].offset) : m[i].offset) / 8;
	return -1;
}

#endif
