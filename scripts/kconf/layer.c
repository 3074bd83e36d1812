// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads layers: Kconfig syntax plus `#@` lines, which give level and reason to
 * the symbols up to the next blank line or `#@`. Knows nothing of Kconfig.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kconf.h"

/* What the last `#@` line said. */
struct attr {
	enum level level;
	bool override;
	bool ours;
	bool bad;	/* reported already; so are its symbols */
	bool skip;	/* only= does not name the architecture */
	char *why;
};

/* One layer being read. */
struct reader {
	struct stack *stack;
	const char *file;
	int line;
	struct attr attr;
	const char *arch;	/* the kernel's name of it, from $SRCARCH */
	bool overlay;	/* #@ needs=: may repeat, or override what is not there */
};

static const char * const level_names[] = {
	[LEVEL_NONE] = "none",
	[MANDATORY] = "mandatory",
	[RECOMMENDED] = "recommended",
	[OPTIONAL] = "optional",
};

const char *level_name(enum level level)
{
	return level_names[level];
}

static void *must(void *p)
{
	if (!p) {
		fputs("kconf: out of memory\n", stderr);
		exit(EXIT_BAD);
	}
	return p;
}

void bad_line(struct stack *stack, const char *file, int line,
	      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "kconf: %s:%d: ", file, line);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	stack->errors++;
}

#define bad(r, ...) bad_line((r)->stack, (r)->file, (r)->line, __VA_ARGS__)

static void attr_clear(struct attr *attr)
{
	free(attr->why);
	*attr = (struct attr){ 0 };
}

/*
 * Cut the next `key`, `key=word` or `key="text"` off *P. False at the end, where
 * *P is at the NUL, and at a syntax error, where it is not.
 */
static bool next_attr(char **p, char **key, char **val)
{
	char *s = *p;

	while (*s == ' ' || *s == '\t')
		s++;
	*p = s;
	if (!*s)
		return false;
	*key = s;
	*val = NULL;
	while (islower((unsigned char)*s) || *s == '-')
		s++;
	if (s == *key)
		return false;
	if (*s == '=') {
		*s++ = '\0';
		if (*s == '"') {
			*val = ++s;
			s = strchr(s, '"');
			if (!s)
				return false;
			*s++ = '\0';
		} else {
			*val = s;
			while (*s && *s != ' ' && *s != '\t')
				s++;
		}
	}
	if (*s && *s != ' ' && *s != '\t')
		return false;
	if (*s)
		*s++ = '\0';
	*p = s;
	return true;
}

static bool read_level(struct reader *r, const char *val)
{
	for (int i = MANDATORY; val && i <= OPTIONAL; i++) {
		if (!strcmp(val, level_names[i])) {
			r->attr.level = i;
			return true;
		}
	}
	bad(r, "level '%s' is none of mandatory, recommended, optional",
	    val ? val : "");
	return false;
}

/* True if the comma-separated LIST of only= names the architecture ARCH. */
static bool names_arch(const char *list, const char *arch)
{
	size_t n;

	for (; arch && *list; list += n + !!list[n]) {
		n = strcspn(list, ",");
		if (n == strlen(arch) && !strncmp(list, arch, n))
			return true;
	}
	return false;
}

/* Read the rest P of a `#@` line into r->attr. */
static void read_attrs(struct reader *r, char *p)
{
	char *key, *val;
	bool header = false;

	while (next_attr(&p, &key, &val)) {
		if (!strcmp(key, "level")) {
			if (!read_level(r, val))
				return;
		} else if (!strcmp(key, "why") && val && *val && !r->attr.why) {
			r->attr.why = must(strdup(val));
		} else if (!strcmp(key, "override") && !val) {
			r->attr.override = true;
		} else if (!strcmp(key, "ours") && !val) {
			r->attr.ours = true;
		} else if (!strcmp(key, "only") && val && *val) {
			r->attr.skip = !names_arch(val, r->arch);
		} else if (!strcmp(key, "arch") && val && *val) {
			header = true;
		} else if (!strcmp(key, "needs") && val && *val) {
			header = true;
			r->overlay = true;
		} else {
			bad(r, "bad attribute '%s'; known: level= why=\"\" override ours only=; headers: arch= needs=",
			    key);
			return;
		}
	}
	if (*p) {
		bad(r, "cannot read '#@' line from '%s'; write key=word or key=\"text\"",
		    p);
		return;
	}
	if (header)
		return;
	if (!r->attr.level)
		bad(r, "no level; add level=mandatory, recommended or optional");
	else if (r->attr.override && !r->attr.why)
		bad(r, "override without a reason; add why=\"...\"");
	else if (!r->attr.why)
		bad(r, "no reason; add why=\"...\"");
}

static size_t name_len(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* Undo the quoting of VALUE in place. False if the quotes do not match. */
static bool unquote(char *value)
{
	char *in = value + 1, *out = value;

	while (*in && *in != '"') {
		if (*in == '\\' && in[1])
			in++;
		*out++ = *in++;
	}
	if (*in != '"' || in[1])
		return false;
	*out = '\0';
	return true;
}

struct request *stack_find(const struct stack *stack, const char *name)
{
	struct request *req;

	for (req = stack->first; req; req = req->next)
		if (!strcmp(req->name, name))
			return req;
	return NULL;
}

static void request_free(struct request *req)
{
	while (req) {
		struct request *below = req->below;

		free(req->name);
		free(req->value);
		free(req->why);
		free(req);
		req = below;
	}
}

/* Append NEW, in the place of OLD if there is one: later requests win. */
static void stack_put(struct stack *stack, struct request *new,
		      struct request *old)
{
	struct request **p = &stack->first, *prev = NULL;

	if (old) {
		while (*p != old) {
			prev = *p;
			p = &(*p)->next;
		}
		*p = old->next;
		if (stack->last == old)
			stack->last = prev;
		old->next = NULL;
		new->below = old;
		stack->count--;
	}
	if (stack->last)
		stack->last->next = new;
	else
		stack->first = new;
	stack->last = new;
	stack->count++;
}

static bool may_put(struct reader *r, const char *name, const char *value,
		    const struct request *old)
{
	if (old && old->file == r->file) {
		bad(r, "CONFIG_%s stands here twice; first at line %d", name,
		    old->line);
	} else if (old && !r->attr.override && strcmp(old->value, value)) {
		bad(r, "CONFIG_%s=%s changes '%s' of %s:%d; say 'override' with a why in the '#@' line",
		    name, value, old->value, old->file, old->line);
	} else if (old && !r->attr.override && !r->overlay) {
		bad(r, "CONFIG_%s=%s repeats %s:%d; remove one", name, value,
		    old->file, old->line);
	} else if (!old && r->attr.override && !r->overlay) {
		bad(r, "CONFIG_%s: 'override', but no earlier layer sets it",
		    name);
	} else if (!r->attr.level || !r->attr.why) {
		bad(r, "CONFIG_%s has no level and reason; put '#@ level=... why=\"...\"' above it",
		    name);
	} else {
		return true;
	}
	return false;
}

static void add_request(struct reader *r, char *name, char *value)
{
	struct request *old, *new;
	bool quoted = *value == '"';

	if (quoted && !unquote(value)) {
		bad(r, "CONFIG_%s: the quotes of the string do not match", name);
		return;
	}
	if (!quoted && (!*value || value[strcspn(value, " \t\"")])) {
		bad(r, "CONFIG_%s: value '%s' is neither y, m, n, a number nor a \"string\"",
		    name, value);
		return;
	}
	if (r->attr.bad || r->attr.skip)
		return;
	old = stack_find(r->stack, name);
	if (!may_put(r, name, value, old))
		return;
	new = must(calloc(1, sizeof(*new)));
	new->name = must(strdup(name));
	new->value = must(strdup(value));
	new->quoted = quoted;
	new->override = r->attr.override;
	new->ours = r->attr.ours;
	new->level = r->attr.level;
	new->why = must(strdup(r->attr.why));
	new->file = r->file;
	new->line = r->line;
	stack_put(r->stack, new, old);
}

static void read_line(struct reader *r, char *s)
{
	static const char unset[] = " is not set";
	char no[] = "n";
	size_t n;

	if (!*s) {
		attr_clear(&r->attr);
		return;
	}
	if (!strncmp(s, "#@", 2)) {
		int errors = r->stack->errors;

		attr_clear(&r->attr);
		read_attrs(r, s + 2);
		r->attr.bad = r->stack->errors != errors;
		return;
	}
	if (!strncmp(s, "# CONFIG_", 9)) {
		s += 9;
		n = name_len(s);
		if (n && !strcmp(s + n, unset)) {
			s[n] = '\0';
			add_request(r, s, no);
			return;
		}
		bad(r, "a comment that looks like a value; write '# CONFIG_X is not set' or CONFIG_X=value");
		return;
	}
	if (*s == '#')
		return;
	n = strncmp(s, "CONFIG_", 7) ? 0 : name_len(s + 7);
	if (!n || s[7 + n] != '=') {
		bad(r, "cannot read '%s'; wanted CONFIG_X=value, '# CONFIG_X is not set' or a comment",
		    s);
		return;
	}
	s[7 + n] = '\0';
	add_request(r, s + 7, s + 8 + n);
}

void layer_read(struct stack *stack, const char *top, const char *name)
{
	struct reader r = { .stack = stack, .file = name,
			    .arch = getenv("SRCARCH") };
	char *path = NULL, *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *in;

	if (asprintf(&path, "%s%s%s", *name == '/' ? "" : top,
		     *name == '/' ? "" : "/", name) < 0)
		path = must(NULL);
	in = fopen(path, "r");
	free(path);
	if (!in) {
		bad_line(stack, name, 0, "cannot open the layer: %s",
			 strerror(errno));
		return;
	}
	while ((len = getline(&line, &size, in)) >= 0) {
		r.line++;
		if (len && line[len - 1] == '\n')
			line[--len] = '\0';
		if (len && line[len - 1] == '\r') {
			bad(&r, "carriage return; save the file with Unix line ends");
			break;
		}
		if (strlen(line) != (size_t)len)
			bad(&r, "NUL byte; a layer is a text file");
		else
			read_line(&r, line);
	}
	if (ferror(in))
		bad(&r, "read error: %s", strerror(errno));
	attr_clear(&r.attr);
	free(line);
	fclose(in);
}

void stack_free(struct stack *stack)
{
	while (stack->first) {
		struct request *req = stack->first;

		stack->first = req->next;
		request_free(req);
	}
	*stack = (struct stack){ 0 };
}
