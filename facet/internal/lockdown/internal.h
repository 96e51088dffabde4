/* Shared between the C files of this package only. */
#ifndef FACETD_LOCKDOWN_INTERNAL_H
#define FACETD_LOCKDOWN_INTERNAL_H

#include "spec.h"

/* The variable whose presence makes the constructor act; lockdown.go and the
 * sandbox package hold the same text, and tests compare them. */
#define FACETD_COOKIE "FACETD_RUNNER=7d0c1f5e-facet-runner-v1"

/* Waits for the parent's one message. NULL with errno set when it is not a
 * whole, consistent specification. The memory is static. */
const struct facetd_spec *facetd_receive_spec(void);

/* Puts the filter into read-only memory until the seal. */
int facetd_keep_filter(const struct facetd_spec *spec);

/* A descriptor of /proc/sys that outlives the old root, or -1. */
int facetd_open_sysctl(void);

/* No program from memory in this pid namespace. 0, or -1: not here. */
int facetd_no_memory_exec(int sys);

/* No further namespace in this user namespace. 0, or -1: not here. */
int facetd_no_new_namespaces(int sys);

/* Adds to the layers in force and returns them all. */
uint64_t facetd_layers_done(uint64_t add);

#endif
