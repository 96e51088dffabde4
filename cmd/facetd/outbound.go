package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/facetd/facetd/supervisor"
)

// outboundFlags say which hosts the app may reach; without them, none.
type outboundFlags struct{ allow, private []string }

func (o *outboundFlags) register(f *pflag.FlagSet) {
	f.StringSliceVar(&o.allow, "outbound", nil, "`hosts` that fetch() may reach: host, host:port, *.example.com, or * for any with a public address; without a port 80 and 443 (default: none)")
	f.StringSliceVar(&o.private, "outbound-private", nil, "`blocks` of private addresses that hosts of --outbound, but not of *, may have, such as 10.0.0.0/8")
}

// network is where fetch() goes; nil for nowhere.
func (o *outboundFlags) network() (*supervisor.Network, error) {
	if len(o.allow) == 0 {
		if len(o.private) > 0 {
			return nil, usageError{errors.New("--outbound-private opens addresses to the hosts of --outbound, and there are none"), "facetd serve"}
		}
		return nil, nil
	}
	n, err := supervisor.NewNetwork(supervisor.NetworkConfig{Allow: o.allow, Private: o.private})
	if err != nil {
		return nil, usageError{fmt.Errorf("--outbound: %w", err), "facetd serve"}
	}
	return n, nil
}

// outbound is where fetch() goes, as the library wants it.
func (o *serveOptions) outbound() supervisor.Outbound {
	if o.network == nil {
		return nil
	}
	return o.network
}
