// Command gentemplate writes the empty database that every facet starts from: in
// WAL mode, 4096-byte pages, incremental vacuum, with the reserved tables. The
// supervisor copies it, so that a facet's process never has to create a file,
// and application SQL never runs before the reserved names are taken.
//
// The bytes depend on nothing but the SQLite version that is linked in.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/mattn/go-sqlite3"
)

// schema runs in this order; auto_vacuum counts only before the first table.
// The key-value table has a rowid: without one, values above 1 KB cost three
// times the space and five to eight times the time.
var schema = []string{
	"PRAGMA page_size = 4096",
	"PRAGMA auto_vacuum = INCREMENTAL",
	"CREATE TABLE _cf_KV(key TEXT PRIMARY KEY, value)",
	"CREATE TABLE _cf_METADATA(key INTEGER PRIMARY KEY, value)",
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gentemplate FILE")
		os.Exit(2)
	}
	image, err := build(context.Background())
	if err == nil {
		err = os.WriteFile(os.Args[1], image, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gentemplate:", err)
		os.Exit(1)
	}
}

func build(ctx context.Context) ([]byte, error) {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for _, q := range schema {
		if _, err := conn.ExecContext(ctx, q); err != nil {
			return nil, fmt.Errorf("%s: %w", q, err)
		}
	}
	var image []byte
	err = conn.Raw(func(c any) (err error) {
		image, err = c.(*sqlite3.SQLiteConn).Serialize("main")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("serialize: %w", err)
	}
	// File format versions 2: WAL (sqlite.org/fileformat2.html, 1.3.3).
	image[18], image[19] = 2, 2
	return image, nil
}
