// Package storage keeps the data of one facet: a SQLite database and its
// write-ahead log behind two descriptors that were open before the process was
// locked down. It never opens, stats or unlinks a path.
//
// The work is done in C (storage.h is the interface), because the JavaScript
// thread, which is a C thread, calls it without Go in between. Type [Store] is
// a thin wrapper for facets written in Go and for tests.
//
// # Life of a write
//
// The first write of a turn opens an implicit transaction, [Store.TurnEnd]
// commits it. A commit appends to the log and gets a sequence number; a second
// thread makes the log durable with fdatasync(2) and releases everything up to
// that number at once. Whoever answers a caller waits until the number of its
// turn is durable ([Store.WaitSynced]), for reads as well as for writes.
//
// # Threat model
//
// The SQL, the keys, the values and the database file are an attacker's. An
// authorizer with allow-lists, SQLite's defensive settings and limits, a heap
// limit, a page limit and a limit on the log hold him; functions that would run
// for minutes inside one virtual machine step are replaced or bounded; a
// progress callback lets the engine's watchdog end a statement. What the package
// does not do is keep one facet from another: a process has one tenant.
//
// # Building
//
// SQLite is the amalgamation of github.com/mattn/go-sqlite3, linked into the
// same binary; sqlite3.h is that module's sqlite3-binding.h. Build with
//
//	-tags "sqlite_fts5 sqlite_math_functions sqlite_omit_load_extension"
//
// Linux on amd64 only.
package storage
