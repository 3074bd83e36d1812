// SPDX-License-Identifier: GPL-2.0
/*
 * feat_bpf - BPF features that the profile `features` has on: a program that finds
 * a tracepoint by BTF, and a scheduler of sched_ext. Both without libbpf.
 */
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "btf.h"

#define INSN(c, d, s, o, i)							\
	((struct bpf_insn) { .code = (c), .dst_reg = (d), .src_reg = (s),	\
			     .off = (o), .imm = (i) })

static int bpf(int cmd, union bpf_attr *attr)
{
	int ret = (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

/* Count switches of tasks in the array MAP: program and link, or an error. */
static int count_switches(int map)
{
	static char log[16384];
	const struct btf_type *t;
	union bpf_attr attr = {0};
	int prog;
	const struct bpf_insn insn[] = {
		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
		INSN(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};

	attr.attach_btf_id = btf_find(BTF_KIND_TYPEDEF, "btf_trace_sched_switch", &t);
	if (!attr.attach_btf_id)
		return -ENOENT;
	attr.prog_type = BPF_PROG_TYPE_TRACING;
	attr.expected_attach_type = BPF_TRACE_RAW_TP;
	attr.insns = (uintptr_t)insn;
	attr.insn_cnt = sizeof(insn) / sizeof(insn[0]);
	attr.license = (uintptr_t)"GPL";
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	prog = bpf(BPF_PROG_LOAD, &attr);
	if (prog < 0) {
		ksft_print_msg("load: %s: %s\n", strerror(-prog), log);
		return prog;
	}
	attr = (union bpf_attr){0};
	attr.raw_tracepoint.prog_fd = (unsigned int)prog;
	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

static void test_btf(void)
{
	unsigned long long count = 0;
	unsigned int key = 0;
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
		.value_size = 8, .max_entries = 1,
	};
	int map = bpf(BPF_MAP_CREATE, &attr), link, i;

	link = map < 0 ? map : count_switches(map);
	ksft_print_msg("link: %s\n", link < 0 ? strerror(-link) : "ok");
	for (i = 0; i < 10; i++)
		sw_sleep_ms(10);
	attr = (union bpf_attr){0};
	attr.map_fd = (unsigned int)map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&count;
	bpf(BPF_MAP_LOOKUP_ELEM, &attr);
	ksft_print_msg("%llu switches\n", count);
	ksft_test_result(link >= 0 && count >= 10,
			 "a program finds its tracepoint by BTF and runs\n");
	close(link);
	close(map);
}

static int scx_is(const char *file, const char *want)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/sys/kernel/sched_ext/%s", file);
	return sw_read(path, text, sizeof(text)) > 0 &&
	       !strncmp(text, want, strlen(want));
}

/* BTF of our own with one type: a struct_ops map wants to come with some. An fd or -errno. */
static int load_btf(void)
{
	static const struct {
		struct btf_header head;
		struct btf_type type;
		__u32 bits;
		char strings[8];
	} btf = {
		.head = { .magic = BTF_MAGIC, .version = BTF_VERSION,
			  .hdr_len = sizeof(struct btf_header),
			  .type_len = sizeof(struct btf_type) + sizeof(__u32),
			  .str_off = sizeof(struct btf_type) + sizeof(__u32),
			  .str_len = 5 },
		.type = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = 4 },
		.bits = BTF_INT_SIGNED << 24 | 32,
		.strings = "\0int",
	};
	union bpf_attr attr = {0};

	attr.btf = (uintptr_t)&btf;
	attr.btf_size = sizeof(btf.head) + btf.head.type_len + btf.head.str_len;
	return bpf(BPF_BTF_LOAD, &attr);
}

/*
 * A scheduler without one program of its own is a legal one: every task goes
 * to the global queue. It is a struct_ops map whose only value is its name.
 */
static void test_sched_ext(void)
{
	const struct btf_type *outer = NULL, *ops = NULL;
	union bpf_attr attr = {0};
	long data, name;
	unsigned int key = 0;
	int btf = load_btf(), map = -ENOENT, ret = -1, status = -1;
	char *value;
	pid_t pid;

	attr.btf_vmlinux_value_type_id =
		btf_find(BTF_KIND_STRUCT, "bpf_struct_ops_sched_ext_ops", &outer);
	btf_find(BTF_KIND_STRUCT, "sched_ext_ops", &ops);
	if (!outer || !ops) {
		ksft_test_result_fail("a BPF scheduler is taken\n");
		ksft_test_result_fail("tasks run under it\n");
		ksft_test_result_fail("it goes away again\n");
		return;
	}
	data = btf_offset(outer, "data");
	name = btf_offset(ops, "name");
	value = calloc(1, outer->size);
	if (!value || data < 0 || name < 0)
		ksft_exit_fail_msg("BTF of sched_ext_ops is not understood\n");
	strcpy(value + data + name, "sw_fifo");
	attr.map_type = BPF_MAP_TYPE_STRUCT_OPS;
	attr.key_size = sizeof(key);
	attr.value_size = outer->size;
	attr.max_entries = 1;
	attr.btf_fd = (unsigned int)btf;
	map = bpf(BPF_MAP_CREATE, &attr);
	if (map >= 0) {
		attr = (union bpf_attr){0};
		attr.map_fd = (unsigned int)map;
		attr.key = (uintptr_t)&key;
		attr.value = (uintptr_t)value;
		ret = bpf(BPF_MAP_UPDATE_ELEM, &attr);
	}
	ksft_print_msg("btf %d, map %d, update %s\n", btf, map, ret ? strerror(-ret) : "ok");
	ksft_test_result(!ret && scx_is("state", "enabled") &&
			 scx_is("root/ops", "sw_fifo"), "a BPF scheduler is taken\n");
	pid = fork();
	if (pid == 0) {
		sw_sleep_ms(50);
		_exit(3);
	}
	ksft_test_result(pid > 0 && waitpid(pid, &status, 0) == pid &&
			 WIFEXITED(status) && WEXITSTATUS(status) == 3 &&
			 scx_is("state", "enabled"), "tasks run under it\n");
	if (!ret) {
		attr = (union bpf_attr){0};
		attr.map_fd = (unsigned int)map;
		attr.key = (uintptr_t)&key;
		ret = bpf(BPF_MAP_DELETE_ELEM, &attr);
	}
	close(map);
	close(btf);
	ksft_test_result(!ret && scx_is("state", "disabled"), "it goes away again\n");
	free(value);
}

int main(void)
{
	int ret;

	ksft_print_header();
	ksft_set_plan(4);
	ret = btf_read();
	if (ret)
		ksft_exit_fail_msg("/sys/kernel/btf/vmlinux: %s\n", strerror(-ret));
	test_btf();
	test_sched_ext();
	ksft_finished();
}
