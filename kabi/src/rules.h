/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules.h - exceptions from what a check says. One a line, the first that fits
 * decides:
 *
 *	waive crc symbol=kvm_* module=kvm* until=1.9 reason="internal"
 *	deny added ns=CXL until=2.0 reason="not ours to promise"
 *
 * VERDICT KIND KEY=VALUE...; verdicts: waive, warn, deny; kinds: those of
 * enum kind. reason= and until= (MAJOR.MINOR, the last release the rule holds
 * for) must be there. from= and to= pin a change of CRC: after the next change
 * the rule does not fit any more.
 */
#ifndef KABI_RULES_H
#define KABI_RULES_H

#include "lines.h"

enum kind {
	KIND_MISSING, KIND_CRC, KIND_UNVERSIONED, KIND_GPL, KIND_NS, KIND_MOVED,
	KIND_UNKNOWN, KIND_LOOSENED, KIND_ADDED, KIND_API, KINDS,
};
extern const char *const kind_name[KINDS];

enum verdict { VERDICT_FAIL, VERDICT_WARN, VERDICT_NOTE, VERDICT_WAIVED, VERDICTS };
extern const char *const verdict_name[VERDICTS];

/* A release: the number of the file configs/version. */
struct release {
	uint32_t major, minor;
	bool known;
};
/* release_parse() - "MAJOR.MINOR". */
bool release_parse(struct str s, struct release *r);

struct rule {
	uint32_t line;
	enum kind kind;
	enum verdict verdict;
	char *symbol, *module, *ns;	/* patterns; NULL: any */
	char *reason, *ref;
	bool has_from, has_to;
	uint32_t from, to;		/* CRCs */
	struct release until;
	size_t used;			/* findings it decided */
};

struct rules {
	const char *file;
	struct rule *v;
	size_t n, cap;
};

/* What a rule is asked about; module and ns as in the build, "" if none. */
struct question {
	enum kind kind;
	const char *symbol, *module, *ns;
	uint32_t from, to;
};

int rules_read(struct rules *r, struct lines *l);
/* rules_find() - the rule that decides, or NULL; it is counted as used. */
struct rule *rules_find(struct rules *r, const struct question *q, struct release now);
/* rule_expired() - it held for releases before now only. */
bool rule_expired(const struct rule *r, struct release now);
void rules_free(struct rules *r);

#endif
