package battery

import (
	"fmt"
	"strings"
)

// AppClass is the class that [AppSource] exports.
const AppClass = "Attacker"

// AppSource is the module of an app with one method, attempt(key, port), for the
// attempt numbers that [AppKey] makes.
func AppSource() string {
	var b strings.Builder
	b.WriteString("import { DurableObject } from \"cloudflare:workers\";\nconst attempts = {\n")
	for _, c := range Cases() {
		for i, a := range c.App {
			fmt.Fprintf(&b, "%q: async (sql, ctx, port) => { %s },\n", AppKey(c, i), a.Script)
		}
	}
	fmt.Fprintf(&b, `};
export class %s extends DurableObject {
  async attempt(key, port) {
    const sql = (text) => this.ctx.storage.sql.exec(text).toArray();
    return String(await attempts[key](sql, this.ctx, port));
  }
}
`, AppClass)
	return b.String()
}

// AppKey names the i-th attempt of a case's app.
func AppKey(c Case, i int) string { return fmt.Sprintf("%d.%d", c.Number, i) }
