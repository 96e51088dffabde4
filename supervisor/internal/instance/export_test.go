package instance

import "github.com/hashicorp/go-plugin/runner"

// PluginRunner shows a process to go-plugin as newClient does.
func PluginRunner(p Process) runner.Runner { return &pluginRunner{process: p} }
