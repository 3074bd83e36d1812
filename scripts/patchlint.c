// SPDX-License-Identifier: GPL-2.0-only
/*
 * patchlint - read patches strictly and say what is wrong, one line a finding:
 *
 *	file:line: what is wrong: what to do
 *
 * usage: patchlint [--topic NAME] [--roots FILE] PATCH...
 *        patchlint --paths PATCH...
 *
 *   --topic NAME  the folder the patches are in; their Topic: must be this
 *   --roots FILE  names at the top of the kernel tree, one a line; a patch may
 *                 touch nothing else
 *   --paths       print the paths that each patch touches, nothing else
 *
 * The form wanted is the one scripts/export writes: From, Date, Subject; a log
 * whose last paragraph holds Topic, Patch-mainline, References, Signed-off-by; a
 * line "---"; git diffs of text files. Whether a patch applies is not looked at.
 *
 * Exit status: 0 no finding, 1 findings, 2 wrong call or unreadable file.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATCH	(64UL << 20)	/* bytes; the largest kernel patch is below */
#define MAX_PATH	1024		/* bytes of one path, with the final NUL */

struct line {
	const char *s;		/* not NUL-terminated */
	size_t len;		/* without the newline and a CR before it */
};

struct patch {
	const char *name;	/* as given; findings begin with it */
	char *buf;
	size_t size, pos;	/* bytes, and the next unread byte */
	unsigned long lineno;	/* of the line last read; 1 is the first */
	struct line cur;
	bool held;		/* cur was put back: next_line() gives it again */
	bool crlf;		/* said once a file */
};

static unsigned long findings;
static const char *topic;
static char *roots;		/* NULL, or "\nname\nname\n" */
static bool only_paths;

/* finding() - report one thing at line LINENO of P; FMT: "what: cure". */
__attribute__((format(printf, 3, 4)))
static void finding(const struct patch *p, unsigned long lineno, const char *fmt, ...)
{
	va_list ap;

	findings++;
	if (only_paths)
		return;
	printf("%s:%lu: ", p->name, lineno);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* next_line() - read a line into p->cur; false at the end of the file. */
static bool next_line(struct patch *p)
{
	const char *s = p->buf + p->pos, *nl;
	size_t left = p->size - p->pos;

	if (p->held) {
		p->held = false;
		return true;
	}
	if (!left)
		return false;
	nl = memchr(s, '\n', left);
	p->cur.s = s;
	p->cur.len = nl ? (size_t)(nl - s) : left;
	p->pos += p->cur.len + (nl != NULL);
	p->lineno++;
	if (!nl)
		finding(p, p->lineno, "no newline at the end of the file: add it");
	if (memchr(s, '\r', p->cur.len)) {
		if (!p->crlf)
			finding(p, p->lineno, "carriage return (CRLF): save with LF only");
		p->crlf = true;
		if (s[p->cur.len - 1] == '\r')
			p->cur.len--;
	}
	return true;
}

/* is() - the current line is exactly S; starts() - it begins with S. */
static bool is(const struct patch *p, const char *s)
{
	return p->cur.len == strlen(s) && !memcmp(p->cur.s, s, p->cur.len);
}

static bool starts(const struct patch *p, const char *s)
{
	size_t n = strlen(s);

	return p->cur.len >= n && !memcmp(p->cur.s, s, n);
}

/* value() - what follows the prefix of N bytes, less leading blanks. */
static struct line value(const struct patch *p, size_t n)
{
	struct line v = { p->cur.s + n, p->cur.len - n };

	while (v.len && (*v.s == ' ' || *v.s == '\t')) {
		v.s++;
		v.len--;
	}
	return v;
}

static bool eq(struct line a, const char *s)
{
	return a.len == strlen(s) && !memcmp(a.s, s, a.len);
}

/* is_ident() - V is "Name <user@host>". */
static bool is_ident(struct line v)
{
	const char *lt = memchr(v.s, '<', v.len), *at;

	if (!lt || lt < v.s + 2 || lt[-1] != ' ' || v.s[v.len - 1] != '>')
		return false;
	at = memchr(lt, '@', (size_t)(v.s + v.len - lt));
	return at && at > lt + 1 && at + 2 < v.s + v.len &&
	       !memchr(lt, ' ', (size_t)(v.s + v.len - lt));
}

/* is_version() - V is v6.13, v6.13-rc1 or v6.12.118. */
static bool is_version(struct line v)
{
	size_t i = 1, digits, parts = 0;

	if (!v.len || v.s[0] != 'v')
		return false;
	for (;;) {
		for (digits = 0; i < v.len && v.s[i] >= '0' && v.s[i] <= '9'; i++)
			digits++;
		if (!digits)
			return false;
		parts++;
		if (i < v.len && v.s[i] == '.' && parts < 3) {
			i++;
			continue;
		}
		break;
	}
	if (i + 3 < v.len && !memcmp(v.s + i, "-rc", 3))
		for (i += 3; i < v.len && v.s[i] >= '0' && v.s[i] <= '9'; i++)
			;
	return i == v.len && parts >= 2;
}

/* is_never() - V is "never, <reason>". */
static bool is_never(struct line v)
{
	static const char never[] = "never, ";
	size_t n = sizeof(never) - 1;

	return v.len > n + 2 && !memcmp(v.s, never, n);
}

/* check_utf8() - the current line of the header or log is valid UTF-8. */
static void check_utf8(const struct patch *p)
{
	const unsigned char *s = (const unsigned char *)p->cur.s;
	size_t i = 0, more;

	while (i < p->cur.len) {
		unsigned char c = s[i++];

		more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 :
		       c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 4;
		if (more == 4 || more > p->cur.len - i)
			goto bad;
		for (; more; more--)
			if ((s[i++] & 0xc0) != 0x80)
				goto bad;
	}
	return;
bad:
	finding(p, p->lineno, "not UTF-8: save the log in UTF-8");
}

static void read_header(struct patch *p)
{
	bool from = false, date = false, subject = false;

	while (next_line(p) && p->cur.len) {
		check_utf8(p);
		if (p->lineno == 1 && starts(p, "From ")) {
			finding(p, 1, "mail separator 'From <commit>': remove it, or run make export");
		} else if (starts(p, "From:")) {
			if (from)
				finding(p, p->lineno, "second From: keep one");
			from = true;
			if (!is_ident(value(p, 5)))
				finding(p, p->lineno, "From is not 'Name <user@host>': write it so");
		} else if (starts(p, "Date:")) {
			date = true;
			if (!value(p, 5).len)
				finding(p, p->lineno, "Date is empty: write it as `date -R` does");
		} else if (starts(p, "Subject:")) {
			struct line v = value(p, 8);

			if (subject)
				finding(p, p->lineno, "second Subject: keep one");
			subject = true;
			if (!v.len)
				finding(p, p->lineno, "Subject is empty: write 'subsystem: What it does'");
			else if (*v.s == '[')
				finding(p, p->lineno, "Subject has a [prefix]: remove it");
			else if (v.len >= 2 && !memcmp(v.s, "=?", 2))
				finding(p, p->lineno, "Subject is encoded: write it in UTF-8");
		} else if (starts(p, "diff --git ") || is(p, "---")) {
			finding(p, p->lineno, "no blank line between header and log: add it");
			p->held = true;
			break;
		} else if (p->cur.s[0] == ' ' || p->cur.s[0] == '\t') {
			finding(p, p->lineno, "folded header line: join it to the line above");
		} else {
			finding(p, p->lineno, "unknown header line: From, Date and Subject come first, all else goes into the log");
		}
	}
	if (!from)
		finding(p, 1, "missing header field From: add 'From: Name <user@host>'");
	if (!date)
		finding(p, 1, "missing header field Date: add it as `date -R` writes it");
	if (!subject)
		finding(p, 1, "missing header field Subject: add 'Subject: subsystem: What it does'");
}

enum { TOPIC, MAINLINE, REFERENCES, SIGNED, NR_TRAILERS };

static const char *const trailer[NR_TRAILERS] = {
	"Topic:", "Patch-mainline:", "References:", "Signed-off-by:",
};

static const char *const trailer_cure[NR_TRAILERS] = {
	"add 'Topic: <folder of the patch>'",
	"add 'Patch-mainline: v6.N' (solved there) or 'Patch-mainline: never, <reason>'",
	"add 'References: <issue, report or document>'",
	"add 'Signed-off-by: Name <user@host>'",
};

/* check_trailer() - check the value of trailer KIND in the current line. */
static void check_trailer(struct patch *p, int kind)
{
	struct line v = value(p, strlen(trailer[kind]));

	switch (kind) {
	case TOPIC:
		if (topic && !eq(v, topic))
			finding(p, p->lineno, "Topic '%.*s' differs from the folder '%s': move the patch or correct the line",
				(int)(v.len > 60 ? 60 : v.len), v.s, topic);
		break;
	case MAINLINE:
		if (!is_version(v) && !is_never(v))
			finding(p, p->lineno, "Patch-mainline is neither a version nor 'never, <reason>': write one of both");
		break;
	case REFERENCES:
		if (!v.len)
			finding(p, p->lineno, "References is empty: name an issue, report or document");
		break;
	case SIGNED:
		if (!is_ident(v))
			finding(p, p->lineno, "Signed-off-by is not 'Name <user@host>': write it so");
		break;
	}
}

/*
 * read_log() - up to the line "---". A trailer counts only in the last
 * paragraph: elsewhere git, and export, would not take it for one.
 */
static void read_log(struct patch *p)
{
	unsigned long at[NR_TRAILERS] = { 0 }, paragraph = p->lineno + 1;
	unsigned long text = 0, start = p->lineno;
	bool blank = true;
	int k;

	while (next_line(p)) {
		if (starts(p, "diff --git ")) {
			finding(p, p->lineno, "no line '---' between log and diff: add it");
			p->held = true;
			break;
		}
		if (is(p, "---"))
			break;
		check_utf8(p);
		if (!p->cur.len) {
			blank = true;
			continue;
		}
		if (p->cur.s[p->cur.len - 1] == ' ' || p->cur.s[p->cur.len - 1] == '\t')
			finding(p, p->lineno, "trailing white space in the log: remove it");
		if (blank)
			paragraph = p->lineno;
		blank = false;
		for (k = 0; k < NR_TRAILERS; k++)
			if (starts(p, trailer[k]))
				break;
		if (k == NR_TRAILERS) {
			text++;
			continue;
		}
		if (at[k] && k != SIGNED && k != REFERENCES)
			finding(p, p->lineno, "second %.*s: keep one", (int)strlen(trailer[k]) - 1, trailer[k]);
		at[k] = p->lineno;
		check_trailer(p, k);
	}
	for (k = 0; k < NR_TRAILERS; k++) {
		if (!at[k])
			finding(p, 1, "missing header field %.*s: %s",
				(int)strlen(trailer[k]) - 1, trailer[k], trailer_cure[k]);
		else if (at[k] < paragraph)
			finding(p, at[k], "%s is not in the last paragraph of the log: move it there", trailer[k]);
	}
	if (!text)
		finding(p, start, "the log says nothing: say what breaks without the patch, how it works, what it costs");
}

/* check_path() - PATH lies in the kernel tree. */
static void check_path(struct patch *p, const char *path)
{
	char key[MAX_PATH + 2];
	const char *s = path, *slash;
	size_t n;

	if (*path == '/') {
		finding(p, p->lineno, "absolute path %s: a patch touches the kernel tree only", path);
		return;
	}
	do {
		slash = strchr(s, '/');
		n = slash ? (size_t)(slash - s) : strlen(s);
		if (!n || (n <= 2 && !memcmp(s, "..", n)) || (n == 4 && !memcmp(s, ".git", 4))) {
			finding(p, p->lineno, "path %s leaves the kernel tree: take that file out of the patch", path);
			return;
		}
		s = slash ? slash + 1 : NULL;
	} while (s);
	if (!roots)
		return;
	n = strcspn(path, "/");
	key[0] = '\n';
	memcpy(key + 1, path, n);
	key[n + 1] = '\n';
	key[n + 2] = '\0';
	if (!strstr(roots, key))
		finding(p, p->lineno, "path %s is not in the kernel tree: take that file out of the patch", path);
}

/*
 * git_path() - take the path out of "diff --git a/PATH b/PATH". Both must be
 * the same (no renames), so that the middle is known whatever PATH holds.
 */
static bool git_path(struct patch *p, char path[MAX_PATH])
{
	struct line v = value(p, 11);
	size_t n;

	if (v.len && *v.s == '"') {
		finding(p, p->lineno, "quoted path: kernel file names need no quotes");
		return false;
	}
	/* a/ PATH blank b/ PATH: 5 bytes and twice the path */
	if (v.len < 7 || !(v.len & 1) || (n = (v.len - 5) / 2) >= MAX_PATH ||
	    memcmp(v.s, "a/", 2) || memcmp(v.s + 2 + n, " b/", 3) ||
	    memcmp(v.s + 2, v.s + 5 + n, n) || memchr(v.s + 2, '\0', n)) {
		finding(p, p->lineno, "not 'diff --git a/PATH b/PATH' with one PATH (a rename?): run make export");
		return false;
	}
	memcpy(path, v.s + 2, n);
	path[n] = '\0';
	return true;
}

/* number() - read digits at *S, at most to END; false if there is none. */
static bool number(const char **s, const char *end, unsigned long *out)
{
	const char *start = *s;
	unsigned long v = 0;

	while (*s < end && **s >= '0' && **s <= '9') {
		if (v > (ULONG_MAX - 9) / 10)
			return false;
		v = v * 10 + (unsigned long)(*(*s)++ - '0');
	}
	*out = v;
	return *s > start;
}

/* range() - read "N" or "N,M" after the character C; M defaults to 1. */
static bool range(const char **s, const char *end, char c, unsigned long *count)
{
	unsigned long first;

	if (*s >= end || *(*s)++ != c || !number(s, end, &first))
		return false;
	*count = 1;
	if (*s < end && **s == ',') {
		(*s)++;
		return number(s, end, count);
	}
	return true;
}

/* check_added() - white space of an added line; S, LEN: without the '+'. */
static void check_added(struct patch *p, const char *s, size_t len)
{
	size_t i;

	if (len && (s[len - 1] == ' ' || s[len - 1] == '\t')) {
		finding(p, p->lineno, "trailing white space: remove it");
		return;
	}
	for (i = 0; i < len && (s[i] == ' ' || s[i] == '\t'); i++)
		if (s[i] == ' ' && i + 1 < len && s[i + 1] == '\t') {
			finding(p, p->lineno, "space before tab in the indent: use tabs");
			return;
		}
}

/* read_hunk() - the current line is "@@ ..."; read it and its body. */
static void read_hunk(struct patch *p)
{
	const char *s = p->cur.s + 3, *end = p->cur.s + p->cur.len;
	unsigned long old, new, head = p->lineno;
	char last = ' ';

	if (!range(&s, end, '-', &old) || s >= end || *s++ != ' ' ||
	    !range(&s, end, '+', &new) || end - s < 3 || memcmp(s, " @@", 3)) {
		finding(p, p->lineno, "malformed hunk header: run make export");
		return;
	}
	while (old || new) {
		if (!next_line(p)) {
			finding(p, p->lineno, "the hunk of line %lu ends too early: the patch is truncated", head);
			return;
		}
		last = p->cur.len ? p->cur.s[0] : '\0';
		switch (last) {
		case ' ':
			if (!old || !new)
				goto count;
			old--;
			new--;
			break;
		case '-':
			if (!old)
				goto count;
			old--;
			break;
		case '+':
			if (!new)
				goto count;
			new--;
			check_added(p, p->cur.s + 1, p->cur.len - 1);
			break;
		case '\\':
			break;
		case '\0':
			finding(p, p->lineno, "empty line in a hunk (a context line lost its blank): run make export");
			return;
		default:
			goto count;
		}
	}
	if (!next_line(p))
		return;
	if (p->cur.len && p->cur.s[0] == '\\') {
		if (last == '+')
			finding(p, p->lineno, "the changed file gets no newline at its end: add it there");
		return;
	}
	p->held = true;
	return;
count:
	finding(p, p->lineno, "the hunk of line %lu does not have the lines its header counts: run make export", head);
	p->held = last != '\0' && last != ' ' && last != '+' && last != '-';
}

/* check_side() - "--- a/PATH" or "+++ b/PATH": PREFIX and PATH, or /dev/null. */
static void check_side(struct patch *p, const char *prefix, const char *path)
{
	struct line v = value(p, 4);

	if (eq(v, "/dev/null"))
		return;
	if (v.len != 2 + strlen(path) || memcmp(v.s, prefix, 2) || memcmp(v.s + 2, path, v.len - 2))
		finding(p, p->lineno, "not the file of the diff line above (%s): run make export", path);
}

/* read_file_diff() - the current line is "diff --git"; read up to the next. */
static void read_file_diff(struct patch *p)
{
	char path[MAX_PATH] = "";
	bool body = false, known;

	known = git_path(p, path);
	if (known && only_paths)
		puts(path);
	if (known)
		check_path(p, path);
	while (next_line(p)) {
		if (starts(p, "diff --git ")) {
			p->held = true;
			break;
		}
		if (starts(p, "@@ ")) {
			body = true;
			read_hunk(p);
		} else if (!body && starts(p, "--- ")) {
			if (known)
				check_side(p, "a/", path);
		} else if (!body && starts(p, "+++ ")) {
			if (known)
				check_side(p, "b/", path);
		} else if (starts(p, "GIT binary patch") || starts(p, "Binary files ")) {
			finding(p, p->lineno, "binary change: a patch holds text only");
			body = true;
		} else if (starts(p, "new file mode ") || starts(p, "new mode ")) {
			struct line v = value(p, starts(p, "new mode ") ? 9 : 14);

			if (!eq(v, "100644") && !eq(v, "100755"))
				finding(p, p->lineno, "mode is neither 100644 nor 100755 (a link?): a patch holds plain files");
		} else if (starts(p, "rename ") || starts(p, "copy ") || starts(p, "similarity ")) {
			finding(p, p->lineno, "rename or copy, which not every tool applies: run make export");
		} else if (body && !is(p, "-- ") && p->cur.len && strchr(" +-", p->cur.s[0])) {
			finding(p, p->lineno, "the hunk above does not have the lines its header counts: run make export");
			break;
		} else if (!starts(p, "index ") && !starts(p, "old mode ") && !starts(p, "deleted file mode ")) {
			finding(p, p->lineno, "not part of a diff (a mail signature?): remove it, or run make export");
			break;
		}
	}
}

static void read_diffs(struct patch *p)
{
	unsigned long files = 0;

	while (next_line(p)) {
		if (starts(p, "diff --git ")) {
			files++;
			read_file_diff(p);
		} else if (files) {
			break;		/* said by read_file_diff() */
		}
	}
	while (next_line(p))
		;			/* CRLF and the like in what is left */
	if (!files)
		finding(p, p->lineno, "no 'diff --git': the patch changes nothing");
}

/* slurp() - read NAME whole; *SIZE bytes. Exits with 2 if it can't be read. */
static char *slurp(const char *name, size_t *size)
{
	FILE *f = fopen(name, "rb");
	size_t room = 1 << 16, n = 0, got;
	char *buf = malloc(room + 1);

	if (!f || !buf)
		goto fail;
	while ((got = fread(buf + n, 1, room - n, f)) > 0) {
		n += got;
		if (n > MAX_PATCH) {
			errno = EFBIG;
			goto fail;
		}
		if (n == room) {
			char *more = realloc(buf, 2 * room + 1);

			if (!more)
				goto fail;
			buf = more;
			room *= 2;
		}
	}
	if (ferror(f))
		goto fail;
	fclose(f);
	buf[n] = '\0';
	*size = n;
	return buf;
fail:
	fprintf(stderr, "patchlint: %s: %s\n", name, strerror(errno));
	free(buf);
	if (f)
		fclose(f);
	exit(2);
}

static void lint(const char *name)
{
	struct patch p = { .name = name };

	p.buf = slurp(name, &p.size);
	if (memchr(p.buf, '\0', p.size)) {
		finding(&p, 1, "NUL byte: this is no text file");
		goto out;
	}
	read_header(&p);
	read_log(&p);
	read_diffs(&p);
out:
	free(p.buf);
}

/* load_roots() - keep FILE as "\nname\n...\n", so that strstr() finds a name. */
static void load_roots(const char *file)
{
	size_t n;
	char *text = slurp(file, &n);

	roots = malloc(n + 3);
	if (!roots)
		exit(2);
	roots[0] = '\n';
	memcpy(roots + 1, text, n + 1);
	if (n && text[n - 1] != '\n') {
		roots[n + 1] = '\n';
		roots[n + 2] = '\0';
	}
	free(text);
}

int main(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && !strncmp(argv[i], "--", 2); i++) {
		if (!strcmp(argv[i], "--paths")) {
			only_paths = true;
		} else if (!strcmp(argv[i], "--topic") && i + 1 < argc) {
			topic = argv[++i];
		} else if (!strcmp(argv[i], "--roots") && i + 1 < argc) {
			free(roots);
			load_roots(argv[++i]);
		} else {
			fprintf(stderr, "usage: patchlint [--paths] [--topic NAME] [--roots FILE] PATCH...\n");
			return strcmp(argv[i], "--help") ? 2 : 0;
		}
	}
	if (i == argc) {
		fprintf(stderr, "usage: patchlint [--paths] [--topic NAME] [--roots FILE] PATCH...\n");
		return 2;
	}
	for (; i < argc; i++)
		lint(argv[i]);
	free(roots);
	return findings && !only_paths ? 1 : 0;
}
