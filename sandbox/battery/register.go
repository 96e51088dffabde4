package battery

import (
	"fmt"
	"slices"

	"github.com/facetd/facetd/sandbox"
)

// Group is one of the nine groups of attacks, 'A' to 'I'.
type Group byte

var groupNames = map[Group]string{
	'A': "Filesystem",
	'B': "Process and privilege",
	'C': "Kernel surface",
	'D': "Network",
	'E': "Resources",
	'F': "Link to the supervisor",
	'G': "SQLite",
	'H': "Side channels and timing",
	'I': "Lifecycle races",
}

// String is the group's name.
func (g Group) String() string { return fmt.Sprintf("%c. %s", byte(g), groupNames[g]) }

// Expect is a set of outcomes that are right for an attack. In all of them the
// supervisor and other facets are unaffected.
type Expect string

// The outcomes that the letters of an Expect stand for.
const (
	Denied   = 'D' // the kernel or SQLite answers with an error
	Killed   = 'K' // the facet is ended and the reason reported
	Limited  = 'L' // throttled, or an error that says which limit was reached
	Rejected = 'R' // the supervisor refuses
)

// Case is one attack.
type Case struct {
	Number int
	Name   string
	Expect Expect
	// Gravest: escape, other's data, network, execution. Every attempt is
	// stopped by at least two layers, each of them alone.
	Gravest bool
	// Attempts are payloads of a native child in the runner's place.
	Attempts []Attempt
	// App are payloads of a JavaScript app; who has a supervisor runs them
	// ("facetd self-test").
	App []AppAttempt
	// Tests are those of other rooms which make the attack.
	Tests []Test
	// Reason says what of the case can't be tried here and why; "" is nothing.
	Reason string
}

// Group is the group that the number belongs to.
func (c Case) Group() Group {
	for _, g := range []struct {
		last  int
		group Group
	}{{18, 'A'}, {34, 'B'}, {48, 'C'}, {56, 'D'}, {70, 'E'}, {92, 'F'}, {104, 'G'}, {109, 'H'}} {
		if c.Number <= g.last {
			return g.group
		}
	}
	return 'I'
}

// Test is a Go test that makes an attack.
type Test struct {
	Package string // folder in this module
	Name    string
}

// AppAttempt is one payload of an app. The attack has failed when the call does,
// with an exception or with the end of the instance, for the right reason.
type AppAttempt struct {
	Name string
	// Script is the body of an async function with the names sql(text), which
	// runs SQL and returns all rows, ctx, and port, where a service of the host
	// listens on 127.0.0.1.
	Script string
	// Works: this one is the control of the others and must not fail.
	Works bool
	// Wall is in the error that the wall under test gives: a call that fails for
	// something else proves nothing. Only a control has none.
	Wall string
	// Uncounted are the walls that may come before it where no cgroup counts memory.
	Uncounted []string
	// Outbound is where global fetch() leads.
	Outbound Outbound
}

// Outbound is a network of an app.
type Outbound int

// Networks, from the strictest.
const (
	Nowhere Outbound = iota
	Public           // every host with a public address, on the service's port
	Service          // the service
)

// Attempt is one payload.
type Attempt struct {
	// Name tells the attempts of a case apart.
	Name string
	// Probe is a request of package attacker. In a "call" the first word of
	// each call is a system call's name. Words in braces stand for the things
	// that the battery has made, see [Battery].
	Probe string
	// Holders are the layers each of which stops it alone. With all of them
	// gone it succeeds.
	Holders sandbox.Layer
	// Also is removed in every run but the one with all layers: layers that
	// stop the attempt on its way to the one under test, but aren't meant to.
	Also sandbox.Layer
	// Surface: the attack is that the kernel looks at the call at all. Every
	// answer but ENOSYS is a success.
	Surface bool
	// Reached are errors (as in "ETXTBSY EFAULT") which only one gets who is
	// past all walls: they count as success.
	Reached string
	// Leak tells from the answer whether the attack succeeded; nil: any
	// answer that is no error does.
	Leak func(answer string, b *Battery) bool
	// LandlockABI is what Landlock needs to be a holder; 0: 1.
	LandlockABI int
	// Files hands the child one open file of the given limit first.
	Files bool
	// Survives: the attack is to outlive the runner's end.
	Survives bool
	// Limits of the process; zero fields are small ones.
	Limits sandbox.Limits
	// Host is a path that the host must have.
	Host string
	// Unseen says why it can't be seen to succeed on this host, "" where it can; nil:
	// it can everywhere.
	Unseen func(*Battery) string
	// NoControl says why the attempt can't be seen to succeed; "" when it can.
	NoControl string
}

// Cases returns all 116, by number.
func Cases() []Case {
	return slices.Concat(files, processes, kernel, network, resources, link, database, channels, races)
}
