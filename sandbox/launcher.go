//go:build linux && amd64

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Launcher starts processes. It may be used by many goroutines at a time.
type Launcher struct {
	config  Config
	host    Report
	missing Layer // layers the host cannot give, accepted
	spawner *spawner
	groups  groups // nil: none, accepted
	ids     *idPool

	mu     sync.Mutex
	closed bool
	live   map[*Process]struct{}
	serial uint64
	gone   sync.WaitGroup // live processes and starts under way
}

// New probes the host, clears what dead launchers under the same cgroup parent
// left behind, and returns a launcher. When the host lacks a feature that
// config does not accept, the error is a *[MissingFeatureError] (several are
// joined).
func New(config Config) (*Launcher, error) {
	if config.CgroupParent == "" {
		config.CgroupParent = "facetd"
	}
	if config.StartTimeout == 0 {
		config.StartTimeout = 10 * time.Second
	}
	config.IDs = config.IDs.withDefaults()
	if err := config.IDs.check(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	for _, f := range config.Accept {
		if !f.Known() {
			return nil, fmt.Errorf("sandbox: accept %q: no such feature", string(f))
		}
	}
	l := &Launcher{config: config, ids: newIDPool(config.IDs), live: map[*Process]struct{}{}}
	groups, groupErr := openGroups(config.CgroupParent)
	if groupErr != nil && !errors.Is(groupErr, errNoController) {
		return nil, fmt.Errorf("sandbox: %w", groupErr)
	}
	l.groups = groups
	l.host = probeHost(groups, groupErr, config.IDs)
	l.host.withDisk(config.DataDir, groups)
	if err := l.checkHost(); err != nil {
		if groups != nil {
			err = errors.Join(err, groups.close())
		}
		return nil, err
	}
	l.spawner = newSpawner()
	return l, nil
}

// checkHost fails closed on what is missing, or notes what was accepted.
func (l *Launcher) checkHost() error {
	var errs []error
	for _, m := range l.host.Missing {
		// A layer that is weaker on an older kernel is reported, not refused:
		// what it stops, another layer stops too.
		if m.Feature.Optional() || slices.Contains(l.config.Accept, m.Feature) {
			l.missing |= m.Feature.Layer()
			continue
		}
		errs = append(errs, &MissingFeatureError{m.Feature, m.Detail})
	}
	if len(l.host.Fatal) > 0 {
		errs = append(errs, errors.New("sandbox: "+l.host.Fatal[0]))
	}
	return errors.Join(errs...)
}

// Host is what the launcher found at its start.
func (l *Launcher) Host() Report { return l.host }

// Close kills every process that still lives, waits until they are gone, and
// removes the launcher's cgroups. Starts under way fail. It is idempotent.
func (l *Launcher) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	for p := range l.live {
		p.Kill()
	}
	l.mu.Unlock()
	l.gone.Wait()
	l.spawner.stop()
	if l.groups == nil {
		return nil
	}
	if err := l.groups.close(); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	return nil
}

// enter counts a start and gives it a name for its cgroup.
func (l *Launcher) enter() (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return "", ErrClosed
	}
	l.serial++
	l.gone.Add(1)
	return fmt.Sprintf("p%d", l.serial), nil
}

// adopt makes a process known, or kills it when the launcher was closed
// meanwhile.
func (l *Launcher) adopt(p *Process) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live[p] = struct{}{}
	if l.closed {
		p.Kill()
	}
}

// forget is called when nothing of a process is left.
func (l *Launcher) forget(p *Process) {
	l.mu.Lock()
	delete(l.live, p)
	l.mu.Unlock()
	l.gone.Done()
}

// startContext bounds a start.
func (l *Launcher) startContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, l.config.StartTimeout)
}
