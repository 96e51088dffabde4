// Package tree is facetd's data directory: which objects exist, which facets
// each of them has, and the files that hold their databases.
//
// Layout:
//
//	DIR/facetd.lock                      one daemon per directory (flock)
//	DIR/<namespace>/<object id>/         object id: 64 lower-case hex digits
//	    facets.index                     (parent number, name) → number
//	    object.sqlite                    the object's own database (trusted)
//	    <number>.sqlite                  one facet's database
//	    <number>.sqlite-wal              and its write-ahead log
//
// A namespace that is a plain identifier is its own directory name; any other
// one is stored as "ns-" and a hash, with the name in a file. No file name ever
// comes from a facet's name: names map to numbers in facets.index.
//
// # Threat model
//
// A facet writes whatever it likes into its two files, through descriptors, and
// may name its own facets as it likes; it has no path to the directory. So the
// package never parses a facet's database, bounds what it reads of it, and
// treats names as data. Everything below DIR is opened with openat2(2) from a
// kept directory descriptor, without symbolic links, and checked: type, owner,
// link count, mode. What fails a check is refused and left as it is. The
// package does not defend against another process of the same user.
//
// # Crash safety
//
// A change of the tree is one record of facets.index, in place once its
// fdatasync has returned. Files are made before the record that makes them live
// and removed after the record that makes them dead, so a crash leaves files
// without an entry, never the reverse; opening an object sweeps those. What the
// index has never heard of is not swept: it is an error, because it means that
// the index is damaged. Sync errors are final for the open object: its tree
// refuses changes until it is opened again.
//
// # What it does not do
//
// It starts no process, opens no facet database with SQLite, keeps no quota, and
// backs nothing up. It works on Linux 5.6 and later only (openat2).
package tree
