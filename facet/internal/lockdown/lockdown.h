#ifndef FACETD_LOCKDOWN_H
#define FACETD_LOCKDOWN_H

/* 1 after the constructor has locked the process down, else 0. */
int facetd_lockdown_active(void);

/* Installs the filter on every thread and hands its listener, if it has one,
 * to the parent. Returns 0, or an errno. May be called once. */
int facetd_lockdown_seal(void);

#endif
