/* SPDX-License-Identifier: GPL-2.0 */
/*
 * shim.h - as much of the kernel as the core of kernel/cgroup/rstat.c needs to
 * run as a program: three CPUs, one domain, mutexes for spinlocks.
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NR_CPUS 3
#define CGROUP_SUBSYS_COUNT 1
#define CSS_RELEASED 1

#define __acquire(x) do { } while (0)
#define __acquires(x)
#define __must_hold(x)
#define __release(x) do { } while (0)
#define __releases(x)
#define __read_mostly
#define ____cacheline_aligned_in_smp

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_acquire__after_ctrl_dep() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define xchg(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define try_cmpxchg(p, old, new)						\
	__atomic_compare_exchange_n(p, old, new, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define cmpxchg(p, old, new) ({							\
	__typeof__(*(p)) old__ = (old);						\
	try_cmpxchg(p, &old__, new);						\
	old__;									\
})
#define WARN_ON_ONCE(c) ({							\
	if (c) {								\
		fprintf(stderr, "line %d: %s\n", __LINE__, #c);			\
		abort();							\
	}									\
	false;									\
})

typedef struct {
	pthread_mutex_t mutex;
	int waiters;
} spinlock_t;

#define DEFINE_SPINLOCK(x) spinlock_t x = { PTHREAD_MUTEX_INITIALIZER, 0 }
#define spin_lock_irq spin_lock
#define spin_unlock_irq spin_unlock
#define spin_is_contended(l) (__atomic_load_n(&(l)->waiters, __ATOMIC_RELAXED) > 0)

/* The one lock that this thread holds: locks of domains do not nest. */
static __thread spinlock_t *held;
#define lockdep_assert_held(l) WARN_ON_ONCE(held != (l))
#define lockdep_assert_irqs_enabled() do { } while (0)

static void spin_lock(spinlock_t *l)
{
	WARN_ON_ONCE(held);
	__atomic_add_fetch(&l->waiters, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&l->mutex);
	__atomic_sub_fetch(&l->waiters, 1, __ATOMIC_RELAXED);
	held = l;
}

static void spin_unlock(spinlock_t *l)
{
	lockdep_assert_held(l);
	held = NULL;
	pthread_mutex_unlock(&l->mutex);
}

static bool spin_trylock(spinlock_t *l)
{
	if (pthread_mutex_trylock(&l->mutex))
		return false;
	held = l;
	return true;
}

/* The lock is released in the middle of a flush often, and at random. */
static __thread unsigned int seed;
#define need_resched() (rand_r(&seed) % 97 == 0)
#define cond_resched() sched_yield()
#define cpu_relax() sched_yield()

#define wake_up_var(v) do { } while (0)
#define msecs_to_jiffies(x) (x)
#define wait_var_event_timeout(v, c, ms) ({					\
	int i__;								\
	for (i__ = 0; !(c) && i__ < 100 * (ms); i__++)				\
		usleep(10);							\
	c;									\
})

#define trace_cgroup_rstat_lock_contended(css, cpu, c) do { (void)(cpu); } while (0)
#define trace_cgroup_rstat_locked(css, cpu, c) do { } while (0)
#define trace_cgroup_rstat_unlock(css, cpu, c) do { } while (0)
#define trace_cgroup_rstat_flushed(css, nodes, holds) do { } while (0)

#define for_each_possible_cpu(cpu) for (cpu = 0; cpu < NR_CPUS; cpu++)
#define per_cpu_ptr(p, cpu) (&(p)[cpu])
#define per_cpu(name, cpu) (name[cpu])
#define DEFINE_PER_CPU(type, name) __typeof__(type) name[NR_CPUS]
#define free_percpu free
#define container_of(p, type, member) ((type *)(p))	/* it is the first one */

struct cgroup_subsys_state;
struct cgroup;

struct css_rstat_cpu {
	struct cgroup_subsys_state *updated_children, *updated_next, *updated_queue;
};

struct cgroup_rstat_cpu {
	struct css_rstat_cpu node;
};

struct cgroup_subsys {
	int id;
	void (*css_rstat_flush)(struct cgroup_subsys_state *css, int cpu);
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys *ss;
	struct cgroup_subsys_state *parent;
	int children;			/* a count here */
	unsigned int flags;
	unsigned long rstat_seq;
	struct css_rstat_cpu *rstat_cpu;
	/* the statistics */
	long value[NR_CPUS], last[NR_CPUS], total, pending;
};

#define list_empty(children) (__atomic_load_n(children, __ATOMIC_SEQ_CST) == 0)

struct cgroup {
	struct cgroup_subsys_state self;
	struct cgroup_rstat_cpu *rstat_cpu;
};

#define cgroup_parent(cgrp) NULL
#define bpf_rstat_flush(cgrp, parent, cpu) do { } while (0)

static void cgroup_base_stat_flush(struct cgroup *cgrp, int cpu)
{
	(void)cgrp;
	(void)cpu;
}
