/* Called by package lockdown's constructor, before the root is replaced. */
#ifndef FJS_BEFORE_ROOT_H
#define FJS_BEFORE_ROOT_H

__attribute__((visibility("default"))) void facetd_before_root(void);

#endif
