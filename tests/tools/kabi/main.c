/* main.c - exports for kabi-genksyms.test, with a structure of their own. */
struct module { int state; struct module *next; };
void module_layout(struct module *m) { }
__GENKSYMS_EXPORT_SYMBOL(module_layout);
