// SPDX-License-Identifier: GPL-2.0
/*
 * ktap - reads the two serial logs of a test boot and gives one verdict a
 * test, by name.
 *
 *	ktap TESTLOG CONSOLELOG PROGRAM...
 *
 * TESTLOG holds what tests/lib/init.c prints: each program's KTAP between
 * "SW begin NAME" and "SW end NAME exit=N". CONSOLELOG holds the kernel's
 * messages. Output is one line a test, tab separated:
 *
 *	ok|fail|skip	PROGRAM/TEST NAME	detail
 *
 * Beside the programs' own tests, each PROGRAM has the test "PROGRAM/ran"
 * (it began, its plan was kept, it ended with status 0 or with failed tests
 * only), and the boot has "boot/finished" and "boot/clean-log" (no warning,
 * oops, lockdep, KASAN, hung-task or RCU-stall report).
 *
 * A program that crashes the machine on purpose prints "SW crash NAME": its crash
 * kernel must begin it again, and what that one reports counts.
 *
 * Exit status: 0 no test failed, 1 some failed, 2 a file cannot be read or
 * the call is wrong.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 200
#define TESTS_MAX 1024
#define LINE_MAX_LEN 8192

struct program {
	char name[NAME_MAX_LEN];
	char tests[TESTS_MAX][NAME_MAX_LEN];	/* to find duplicates */
	long plan;		/* -1: none seen */
	long seen;
	long failed;
	bool open;
};

static struct program prog;
static long failures;

static void verdict(const char *what, const char *program, const char *test,
		    const char *detail)
{
	printf("%s\t%s/%s\t%s\n", what, program, test, detail);
	if (!strcmp(what, "fail"))
		failures++;
}

static __attribute__((format(printf, 4, 5)))
void verdictf(const char *what, const char *program, const char *test,
	      const char *fmt, ...)
{
	char detail[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	verdict(what, program, test, detail);
}

/* Cut white space at both ends of S, make tabs blanks; returns the start. */
static char *trim(char *s)
{
	char *end, *p;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	for (p = s; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = ' ';
	return s;
}

/* One result line: REST is what follows "ok" or "not ok". */
static void result(bool ok, char *rest)
{
	char *directive, *name, *end, none[] = "", *detail = none;
	const char *what = ok ? "ok" : "fail";
	long number, i;

	number = strtol(rest, &end, 10);
	name = trim(end == rest ? rest : end);
	if (*name == '-')
		name = trim(name + 1);
	directive = strstr(name, "# ");
	if (directive) {
		*directive = '\0';
		detail = trim(directive + 2);
		if (!strncmp(detail, "SKIP", 4))
			what = "skip";
		else if (ok && !strncmp(detail, "XFAIL", 5))
			what = "skip";
		name = trim(name);
		/* kselftest puts the name behind the directive */
		if (!*name && !strcmp(what, "skip")) {
			name = trim(detail + strcspn(detail, " "));
			detail = strstr(name, "# ");
			if (detail)
				*detail = '\0';
			detail = none;
			name = trim(name);
		}
	}
	if (strlen(name) >= NAME_MAX_LEN)
		name[NAME_MAX_LEN - 1] = '\0';
	if (!*name) {
		verdictf("fail", prog.name, "ran", "result %ld has no name",
			 number);
		prog.failed++;
		return;
	}
	for (i = 0; i < prog.seen && i < TESTS_MAX; i++) {
		if (!strcmp(prog.tests[i], name)) {
			verdictf("fail", prog.name, name, "reported twice");
			prog.failed++;
			return;
		}
	}
	if (prog.seen < TESTS_MAX)
		strcpy(prog.tests[prog.seen], name);
	prog.seen++;
	if (!strcmp(what, "fail"))
		prog.failed++;
	verdict(what, prog.name, name, detail);
}

/* A program ended; HOW is "exit=0", "signal=11", "timeout=600" or NULL. */
static void program_end(const char *how)
{
	if (!how)
		verdict("fail", prog.name, "ran", "the machine ended before it");
	else if (strncmp(how, "exit=", 5))
		verdict("fail", prog.name, "ran", how);
	else if (prog.plan < 0)
		verdict("fail", prog.name, "ran", "printed no plan (1..N)");
	else if (prog.plan != prog.seen)
		verdictf("fail", prog.name, "ran", "planned %ld tests, ran %ld",
			 prog.plan, prog.seen);
	else if (strcmp(how, "exit=0") && strcmp(how, "exit=4") && !prog.failed)
		verdictf("fail", prog.name, "ran", "%s without a failed test",
			 how);
	else
		verdict("ok", prog.name, "ran", "");
	prog.open = false;
}

static void program_begin(const char *name)
{
	if (prog.open)
		program_end(NULL);
	memset(&prog, 0, sizeof(prog));
	snprintf(prog.name, sizeof(prog.name), "%s", name);
	prog.plan = -1;
	prog.open = true;
}

static void program_line(char *line)
{
	char *end;

	if (!strncmp(line, "1..", 3)) {
		prog.plan = strtol(line + 3, &end, 10);
		/* "1..0 # SKIP why": the program cannot run here */
		if (prog.plan == 0 && strstr(end, "SKIP"))
			verdict("skip", prog.name, "all", trim(end));
	} else if (!strncmp(line, "ok ", 3)) {
		result(true, line + 3);
	} else if (!strncmp(line, "not ok ", 7)) {
		result(false, line + 7);
	} else if (!strncmp(line, "Bail out!", 9)) {
		verdict("fail", prog.name, "bailed-out", trim(line + 9));
		prog.failed++;
	}
}

/* Kernel messages that fail a boot, whatever the programs say. */
static const char *const splats[] = {
	"WARNING:", "BUG:", "INFO: task ", "INFO: rcu", "rcu: INFO:",
	"INFO: possible", "possible recursive locking", "possible circular",
	"possible irq lock inversion", "possible deadlock",
	"INFO: inconsistent lock state", "INFO: trying to register",
	"INFO: HARDIRQ", "INFO: SOFTIRQ", "KASAN:", "UBSAN:", "KCSAN:",
	"Oops", "Kernel panic", "general protection fault",
	"unable to handle", "Unable to handle", "kernel BUG at",
	"detected stalls", "self-detected stall", "soft lockup",
	"hard LOCKUP", "blocked for more than", "refcount_t:",
	"list_add corruption", "list_del corruption", "suspicious RCU usage",
	"kmemleak:", "scheduling while atomic", "sleeping function called",
	"DEADLOCK", "nobody cared", "Bad page", "bad page",
	"] BUG ",	/* SLUB's reports have no colon */
	"EXT4-fs error", "Aborting journal", "JBD2: Detected IO errors",
	"Remounting filesystem read-only", "Metadata corruption detected",
	"Corruption of in-memory data", "Shutting down filesystem",
};

/*
 * What looks like one of the above but is none. kmemleak says at boot that it
 * works; only its reports of leaks count.
 */
static const char *const harmless[] = {
	"kmemleak: Kernel memory leak detector initialized",
	"kmemleak: Automatic memory scanning thread started",
	/* on request; a machine that then does not come back has not finished */
	"Kernel panic - not syncing: sysrq triggered crash",
};

static bool has_any(const char *line, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strstr(line, list[i]))
			return true;
	return false;
}

/* Of a line that has one of the splats. */
static bool is_harmless(const char *line)
{
	/* ext4 had no memory for what it was asked to do, and told who asked. */
	if (strstr(line, "EXT4-fs error") && strstr(line, ": Out of memory"))
		return true;
	return has_any(line, harmless, sizeof(harmless) / sizeof(*harmless));
}

static FILE *open_log(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f) {
		fprintf(stderr, "ktap: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	return f;
}

/* PROGRAM began, or, if it is to begin again, did not: note that in BEGAN. */
static void note_begin(const char *program, bool value, char **wanted, int n, bool *began)
{
	int i;

	for (i = 0; i < n; i++)
		if (!strcmp(wanted[i], program))
			began[i] = value;
}

/* Read the programs' log; returns whether the machine came to its end. */
static bool read_tests(const char *path, char **wanted, int n, bool *began)
{
	FILE *f = open_log(path);
	char line[LINE_MAX_LEN], *p, *how;
	bool done = false;

	while (fgets(line, sizeof(line), f)) {
		p = trim(line);
		if (!strncmp(p, "SW begin ", 9)) {
			program_begin(p + 9);
			note_begin(prog.name, true, wanted, n, began);
		} else if (!strncmp(p, "SW crash ", 9) && prog.open &&
			   !strcmp(p + 9, prog.name)) {
			note_begin(prog.name, false, wanted, n, began);
			prog.open = false;
		} else if (!strncmp(p, "SW end ", 7) && prog.open) {
			how = strchr(p + 7, ' ');
			program_end(how ? how + 1 : "no status");
		} else if (!strncmp(p, "SW module ", 10) && strstr(p, " failed")) {
			verdict("fail", "boot", "module", p + 10);
		} else if (!strcmp(p, "SW done")) {
			done = true;
		} else if (prog.open) {
			program_line(p);
		}
	}
	fclose(f);
	if (prog.open)
		program_end(NULL);
	return done;
}

static void read_console(const char *path)
{
	FILE *f = open_log(path);
	char line[LINE_MAX_LEN], first[256] = "";
	long n = 0;

	while (fgets(line, sizeof(line), f)) {
		if (!has_any(line, splats, sizeof(splats) / sizeof(*splats)) ||
		    is_harmless(line))
			continue;
		if (!n++)
			snprintf(first, sizeof(first), "%.200s", trim(line));
	}
	fclose(f);
	if (n)
		verdictf("fail", "boot", "clean-log", "%ld lines, first: %s",
			 n, first);
	else
		verdict("ok", "boot", "clean-log", "");
}

int main(int argc, char **argv)
{
	bool *began, done;
	int i, n = argc - 3;

	if (argc < 4) {
		fprintf(stderr, "usage: ktap TESTLOG CONSOLELOG PROGRAM...\n");
		return 2;
	}
	began = calloc((size_t)n, sizeof(*began));
	if (!began) {
		fprintf(stderr, "ktap: out of memory\n");
		return 2;
	}
	done = read_tests(argv[1], argv + 3, n, began);
	for (i = 0; i < n; i++)
		if (!began[i])
			verdict("fail", argv[3 + i], "ran", "it never began");
	if (done)
		verdict("ok", "boot", "finished", "");
	else
		verdict("fail", "boot", "finished",
			"the machine hung, died or ran out of time");
	read_console(argv[2]);
	free(began);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "ktap: cannot write: %s\n", strerror(errno));
		return 2;
	}
	return failures ? 1 : 0;
}
