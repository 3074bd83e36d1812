// SPDX-License-Identifier: GPL-2.0
/*
 * model.c - appended to the core of kernel/cgroup/rstat.c: threads update the
 * leaves of a tree, flush all levels, and replace leaves, for the seconds given.
 * Then each update must have arrived at the root, those of removed leaves, too.
 */
#define MIDDLE 4
#define LEAVES 8

static void flush_values(struct cgroup_subsys_state *css, int cpu)
{
	long value = __atomic_load_n(&css->value[cpu], __ATOMIC_RELAXED);
	long delta = value - css->last[cpu] + css->pending;

	css->last[cpu] = value;
	css->pending = 0;
	__atomic_store_n(&css->total, css->total + delta, __ATOMIC_RELAXED);
	if (css->parent)
		css->parent->pending += delta;
}

static struct cgroup_subsys ss = { 0, flush_values };
static struct cgroup_subsys_state *root, *middle[MIDDLE], *leaf[MIDDLE][LEAVES];
/* who uses a leaf holds it for reading, who replaces it for writing */
static pthread_rwlock_t used[MIDDLE][LEAVES];
static bool stop;
static long updates, removals, flushes, stale;

#define count(what) __atomic_add_fetch(&(what), 1, __ATOMIC_SEQ_CST)
#define running() (!__atomic_load_n(&stop, __ATOMIC_RELAXED))

static struct cgroup_subsys_state *create(struct cgroup_subsys_state *parent)
{
	struct cgroup_subsys_state *css = calloc(1, sizeof(*css));
	struct rstat_domain *domain;
	int cpu;

	css->ss = &ss;
	css->parent = parent;
	css->rstat_cpu = calloc(NR_CPUS, sizeof(*css->rstat_cpu));
	for_each_possible_cpu(cpu)
		css->rstat_cpu[cpu].updated_children = css;
	domain = rstat_domain(css);
	spin_lock(&domain->lock);
	domain->nr_css++;
	spin_unlock(&domain->lock);
	if (parent)
		count(parent->children);
	return css;
}

/* As css_rstat_flush(). */
static void flush(struct cgroup_subsys_state *css)
{
	if (list_empty(&css->children))
		rstat_flush(css, false);
	else
		rstat_flush_shared(css);
	count(flushes);
}

static void destroy(struct cgroup_subsys_state *css)
{
	rstat_flush(css, false);
	css->flags |= CSS_RELEASED;
	if (css->parent)
		__atomic_sub_fetch(&css->parent->children, 1, __ATOMIC_SEQ_CST);
	usleep(50);
	css_rstat_exit(css);
	memset(css, 0xaa, sizeof(*css));
	free(css);
}

static void *updater(void *arg)
{
	int cpu = (int)(long)arg, m, l, n;

	seed = (unsigned int)cpu + 1;
	while (running()) {
		m = rand_r(&seed) % MIDDLE;
		l = rand_r(&seed) % LEAVES;
		pthread_rwlock_rdlock(&used[m][l]);
		for (n = rand_r(&seed) % 50; n; n--) {
			count(leaf[m][l]->value[cpu]);
			__css_rstat_updated(leaf[m][l], cpu);
			count(updates);
		}
		pthread_rwlock_unlock(&used[m][l]);
	}
	return NULL;
}

static void *flusher(void *arg)
{
	long ended;
	int m, l;

	seed = (unsigned int)(long)arg + 100;
	while (running()) {
		m = rand_r(&seed) % MIDDLE;
		l = rand_r(&seed) % LEAVES;
		switch (rand_r(&seed) % 3) {
		case 0:
			ended = __atomic_load_n(&updates, __ATOMIC_SEQ_CST);
			flush(root);
			/* count() is a barrier, so that nothing may be missed */
			if (__atomic_load_n(&root->total, __ATOMIC_RELAXED) < ended)
				count(stale);
			break;
		case 1:
			flush(middle[m]);
			break;
		default:
			pthread_rwlock_rdlock(&used[m][l]);
			flush(leaf[m][l]);
			pthread_rwlock_unlock(&used[m][l]);
		}
	}
	return NULL;
}

static void *remover(void *arg)
{
	struct cgroup_subsys_state *css;
	int m, l;

	seed = (unsigned int)(long)arg + 1000;
	while (running()) {
		m = rand_r(&seed) % MIDDLE;
		l = rand_r(&seed) % LEAVES;
		pthread_rwlock_wrlock(&used[m][l]);
		css = leaf[m][l];
		leaf[m][l] = create(middle[m]);
		pthread_rwlock_unlock(&used[m][l]);
		destroy(css);
		count(removals);
		usleep((unsigned int)rand_r(&seed) % 300);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	void *(*const work[])(void *) = {
		updater, updater, updater, flusher, flusher, flusher, flusher,
		remover, remover,
	};
	pthread_t thread[sizeof(work) / sizeof(work[0])];
	unsigned int i, n = sizeof(work) / sizeof(work[0]);
	int m, l;

	if (argc != 2)
		return 2;
	root = create(NULL);
	for (m = 0; m < MIDDLE; m++) {
		middle[m] = create(root);
		for (l = 0; l < LEAVES; l++) {
			leaf[m][l] = create(middle[m]);
			pthread_rwlock_init(&used[m][l], NULL);
		}
	}
	for (i = 0; i < n; i++)
		pthread_create(&thread[i], NULL, work[i], (void *)(long)i);
	sleep((unsigned int)atoi(argv[1]));
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	for (m = 0; m < MIDDLE; m++) {
		for (l = 0; l < LEAVES; l++)
			destroy(leaf[m][l]);
		destroy(middle[m]);
	}
	flush(root);
	printf("%ld updates, %ld at the root; %ld flushes, %ld removals, %ld stale\n",
	       updates, root->total, flushes, removals, stale);
	return root->total != updates || stale || !removals || !flushes;
}
