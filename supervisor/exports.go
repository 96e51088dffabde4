package supervisor

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// checkExports looks for what the configuration names among the worker's exports.
func (p *Project) checkExports(ctx context.Context) error {
	exports, err := p.worker.Exports(ctx)
	if err != nil {
		return err
	}
	kinds := make(map[string]ExportKind, len(exports))
	for _, e := range exports {
		kinds[e.Name] = e.Kind
		if n := p.classes[e.Name]; n != nil {
			n.alarms = e.Alarm
		}
	}
	var missing []string
	for _, c := range p.config.Classes {
		if kinds[c.Class] != DurableObjectExport {
			missing = append(missing, c.Class)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("project %q: the worker exports no class that extends DurableObject under the name of %s", p.name, strings.Join(missing, ", "))
	}
	if _, ok := kinds[p.config.Entrypoint]; !ok {
		return fmt.Errorf("project %q: the worker has no export %q to answer requests: export default { fetch } or a class that extends WorkerEntrypoint", p.name, p.config.Entrypoint)
	}
	return nil
}
