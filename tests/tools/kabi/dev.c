/* dev.c - exports for kabi-genksyms.test: a bit of all that genksyms knows. */
enum state { OFF, ON = 1, LAST };
enum { LENGTH = 3, LONGER };
struct hidden;
struct inner { int x; char y[LONGER]; };
union value { long number; struct inner *p; };
typedef union value value_t;
struct deep { value_t v; enum state st; char quote[' ' + '"']; };
struct dev {
	struct deep *d;
	struct dev *next;
	int (*op)(struct dev *dev, int how);
	unsigned int bits : 3;
} __attribute__((aligned("8 s#not" [0] ? 8 : 8)));
int dev_open(struct dev *dev, const char *name) { return 0; }
__GENKSYMS_EXPORT_SYMBOL(dev_open);
void dev_close(struct dev *dev, struct hidden *h) { }
__GENKSYMS_EXPORT_SYMBOL(dev_close);
int count(int a) { return a; }
__GENKSYMS_EXPORT_SYMBOL(count);
int table[LENGTH];
__GENKSYMS_EXPORT_SYMBOL(table);
