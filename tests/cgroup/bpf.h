/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf.h - a BPF collector of cgroup statistics without libbpf: three programs,
 * assembled by hand, found their way into the kernel through its BTF.
 *
 *	mark	fentry of cgroup_attach_task(): cgroup_rstat_updated() for the
 *		cgroup that a task enters
 *	hook	fentry of bpf_rstat_flush(): counts calls by CPU number
 *	flush	sleepable iterator over a cgroup: cgroup_rstat_flush()
 */
#ifndef SW_CG_BPF_H
#define SW_CG_BPF_H

#include <linux/bpf.h>
#include <linux/btf.h>

#include "sw.h"

#define CG_BPF_CPUS	64

struct cg_bpf {
	int map;			/* calls of the hook, by CPU */
	int mark, hook, flush;		/* programs */
	int mark_link, hook_link;
	char log[16384];
};

#define INSN(c, d, s, o, i)							\
	((struct bpf_insn) { .code = (c), .dst_reg = (d), .src_reg = (s),	\
			     .off = (o), .imm = (i) })
#define MOV(d, s)	INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define LOAD(d, s, o)	INSN(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STORE32(d, o, s) INSN(BPF_STX | BPF_MEM | BPF_W, d, s, o, 0)
#define ADD_IMM(d, i)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define ATOMIC_ADD(d, o, s) INSN(BPF_STX | BPF_ATOMIC | BPF_DW, d, s, o, BPF_ADD)
#define MAP_FD(d, fd)	INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), \
			INSN(0, 0, 0, 0, 0)
#define HELPER(i)	INSN(BPF_JMP | BPF_CALL, 0, 0, 0, i)
#define KFUNC(id)	INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, id)
#define JEQ_IMM(d, i, o) INSN(BPF_JMP | BPF_JEQ | BPF_K, d, 0, o, i)
#define EXIT()		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static inline int cg_bpf_call(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* The BTF id of function NAME of the kernel, or a negative errno. */
static inline int cg_btf_id(const char *name)
{
	static char *btf;
	static long size;
	struct btf_header *h;
	struct btf_type *t;
	const char *strings;
	char *p, *end;
	int fd, id;
	long n;

	if (!btf) {
		fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		btf = malloc(64 << 20);
		while (btf && (n = read(fd, btf + size, 1 << 20)) > 0)
			size += n;
		close(fd);
	}
	if (!btf || size < (long)sizeof(*h))
		return -ENOENT;
	h = (struct btf_header *)btf;
	p = btf + h->hdr_len + h->type_off;
	end = p + h->type_len;
	strings = btf + h->hdr_len + h->str_off;
	for (id = 1; p < end; id++) {
		unsigned int vlen;

		t = (struct btf_type *)p;
		vlen = BTF_INFO_VLEN(t->info);
		p += sizeof(*t);
		switch (BTF_INFO_KIND(t->info)) {
		case BTF_KIND_FUNC:
			if (!strcmp(strings + t->name_off, name))
				return id;
			break;
		case BTF_KIND_INT:
		case BTF_KIND_VAR:
		case BTF_KIND_DECL_TAG:
			p += sizeof(__u32);
			break;
		case BTF_KIND_ARRAY:
			p += sizeof(struct btf_array);
			break;
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			p += vlen * sizeof(struct btf_member);
			break;
		case BTF_KIND_ENUM:
			p += vlen * sizeof(struct btf_enum);
			break;
		case BTF_KIND_ENUM64:
			p += vlen * 3 * sizeof(__u32);
			break;
		case BTF_KIND_FUNC_PROTO:
			p += vlen * sizeof(struct btf_param);
			break;
		case BTF_KIND_DATASEC:
			p += vlen * sizeof(struct btf_var_secinfo);
			break;
		}
	}
	return -ENOENT;
}

static inline int cg_bpf_load(struct cg_bpf *b, const char *name, int attach,
			      const char *target, unsigned int flags,
			      const struct bpf_insn *insn, unsigned int n)
{
	union bpf_attr attr = {0};
	int id = cg_btf_id(target), fd;

	if (id < 0)
		ksft_exit_fail_msg("BTF has no %s\n", target);
	attr.prog_type = BPF_PROG_TYPE_TRACING;
	attr.expected_attach_type = (unsigned int)attach;
	attr.insns = (uintptr_t)insn;
	attr.insn_cnt = n;
	attr.license = (uintptr_t)"GPL";
	attr.attach_btf_id = (unsigned int)id;
	attr.prog_flags = flags;
	attr.log_buf = (uintptr_t)b->log;
	attr.log_size = sizeof(b->log);
	attr.log_level = 1;
	fd = cg_bpf_call(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		ksft_exit_fail_msg("program %s: %s: %s\n", name, strerror(errno), b->log);
	return fd;
}

static inline int cg_bpf_attach(int prog, int type)
{
	union bpf_attr attr = {0};
	int fd;

	attr.link_create.prog_fd = (unsigned int)prog;
	attr.link_create.attach_type = (unsigned int)type;
	fd = cg_bpf_call(BPF_LINK_CREATE, &attr);
	if (fd < 0) {
		/* ENOTSUPP of the kernel: 6.12 has no BPF trampolines on LoongArch. */
		if (errno == 524)
			ksft_exit_skip("no BPF trampolines on this architecture\n");
		ksft_exit_fail_msg("link: %s\n", strerror(errno));
	}
	return fd;
}

/* Before a plan is printed: it may skip the whole program. */
static inline void cg_bpf_start(struct cg_bpf *b)
{
	union bpf_attr attr = {0};
	int updated = cg_btf_id("cgroup_rstat_updated");
	int flush = cg_btf_id("cgroup_rstat_flush");

	if (updated < 0 || flush < 0)
		ksft_exit_fail_msg("BTF has no rstat functions\n");
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 8;
	attr.max_entries = CG_BPF_CPUS;
	b->map = cg_bpf_call(BPF_MAP_CREATE, &attr);
	if (b->map < 0)
		ksft_exit_fail_msg("map: %s\n", strerror(errno));
	{
		const struct bpf_insn insn[] = {
			/* arguments: cgroup, leader, threadgroup */
			LOAD(6, 1, 0),
			HELPER(BPF_FUNC_get_smp_processor_id),
			MOV(1, 6),
			MOV(2, 0),
			KFUNC(updated),
			MOV_IMM(0, 0),
			EXIT(),
		};

		b->mark = cg_bpf_load(b, "mark", BPF_TRACE_FENTRY, "cgroup_attach_task",
				      0, insn, sizeof(insn) / sizeof(insn[0]));
	}
	{
		const struct bpf_insn insn[] = {
			/* arguments: cgroup, parent, cpu */
			LOAD(6, 1, 16),
			STORE32(BPF_REG_10, -4, 6),
			MOV(2, BPF_REG_10),
			ADD_IMM(2, -4),
			MAP_FD(1, b->map),
			HELPER(BPF_FUNC_map_lookup_elem),
			JEQ_IMM(0, 0, 2),
			MOV_IMM(1, 1),
			ATOMIC_ADD(0, 0, 1),
			MOV_IMM(0, 0),
			EXIT(),
		};

		b->hook = cg_bpf_load(b, "hook", BPF_TRACE_FENTRY, "bpf_rstat_flush",
				      0, insn, sizeof(insn) / sizeof(insn[0]));
	}
	{
		const struct bpf_insn insn[] = {
			/* context: meta, cgroup, which is NULL at the end */
			LOAD(1, 1, 8),
			JEQ_IMM(1, 0, 1),
			KFUNC(flush),
			MOV_IMM(0, 0),
			EXIT(),
		};

		b->flush = cg_bpf_load(b, "flush", BPF_TRACE_ITER, "bpf_iter_cgroup",
				       BPF_F_SLEEPABLE, insn, sizeof(insn) / sizeof(insn[0]));
	}
	b->mark_link = cg_bpf_attach(b->mark, BPF_TRACE_FENTRY);
	b->hook_link = cg_bpf_attach(b->hook, BPF_TRACE_FENTRY);
}

static inline void cg_bpf_stop(struct cg_bpf *b)
{
	close(b->mark_link);
	close(b->hook_link);
	close(b->mark);
	close(b->hook);
	close(b->flush);
	close(b->map);
}

/* Calls of the hook for CPU so far, or for all CPUs with -1. */
static inline unsigned long long cg_bpf_hooks(struct cg_bpf *b, int cpu)
{
	unsigned long long sum = 0, v;
	union bpf_attr attr;
	unsigned int key;

	for (key = 0; key < CG_BPF_CPUS; key++) {
		if (cpu >= 0 && key != (unsigned int)cpu)
			continue;
		memset(&attr, 0, sizeof(attr));
		attr.map_fd = (unsigned int)b->map;
		attr.key = (uintptr_t)&key;
		attr.value = (uintptr_t)&v;
		if (!cg_bpf_call(BPF_MAP_LOOKUP_ELEM, &attr))
			sum += v;
	}
	return sum;
}

/*
 * As the flush program, with the functions of newer kernels, which take a css: a
 * cgroup begins with its own. Returns the program, or a negative errno.
 */
static inline int cg_bpf_load_css(struct cg_bpf *b)
{
	int updated = cg_btf_id("css_rstat_updated");
	int flush = cg_btf_id("css_rstat_flush");
	const struct bpf_insn insn[] = {
		LOAD(6, 1, 8),
		JEQ_IMM(6, 0, 5),
		MOV(1, 6),
		MOV_IMM(2, 0),
		KFUNC(updated),
		MOV(1, 6),
		KFUNC(flush),
		MOV_IMM(0, 0),
		EXIT(),
	};

	if (updated < 0 || flush < 0)
		return -ENOENT;
	return cg_bpf_load(b, "css", BPF_TRACE_ITER, "bpf_iter_cgroup",
			   BPF_F_SLEEPABLE, insn, sizeof(insn) / sizeof(insn[0]));
}

/* Let the program flush CG; 0 or a negative errno. */
static inline int cg_bpf_flush(struct cg_bpf *b, const char *cg)
{
	union bpf_iter_link_info info = {0};
	union bpf_attr attr = {0};
	int dir, link, iter, ret = 0;
	char buf[64];

	dir = open(cg, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	info.cgroup.cgroup_fd = (unsigned int)dir;
	info.cgroup.order = BPF_CGROUP_ITER_SELF_ONLY;
	attr.link_create.prog_fd = (unsigned int)b->flush;
	attr.link_create.attach_type = BPF_TRACE_ITER;
	attr.link_create.iter_info = (uintptr_t)&info;
	attr.link_create.iter_info_len = sizeof(info);
	link = cg_bpf_call(BPF_LINK_CREATE, &attr);
	if (link < 0) {
		ret = -errno;
		close(dir);
		return ret;
	}
	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = (unsigned int)link;
	iter = cg_bpf_call(BPF_ITER_CREATE, &attr);
	if (iter < 0)
		ret = -errno;
	else if (read(iter, buf, sizeof(buf)) < 0)
		ret = -errno;
	if (iter >= 0)
		close(iter);
	close(link);
	close(dir);
	return ret;
}

#endif /* SW_CG_BPF_H */
