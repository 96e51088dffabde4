package supervisor

import "testing"

// What a runner asks of the outside in spite of its runtime.
func TestHostileOutbound(t *testing.T) {
	network, err := NewNetwork(NetworkConfig{Allow: []string{"*"}})
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	open := func(out Outbound, limits *Limits) *Stub {
		h := peerHost(t, "ok", nil)
		p, err := h.OpenProject(t.Context(), ProjectConfig{
			Name: "p", Worker: h.Loader().Load(anyCode), Classes: []StoredClass{{Class: "App"}},
			Namespaces: []NamespaceBinding{{Binding: "NS", Class: "App"}}, Outbound: out, Limits: limits,
		})
		if err != nil {
			t.Fatal(err)
		}
		return p.Object("App", "a")
	}
	// There is nothing to call there but fetch().
	_, err = ask(t, open(network, nil), "outbound", "", "", 0, "read")
	wantError(t, "method", err, "Error", errOperation.Error())
	_, err = ask(t, open(nil, nil), "outbound", "", "", 0, "read")
	wantError(t, "not granted", err, "Error", "not permitted to access the internet")
	// It does not count its calls; the supervisor does, operations left out.
	none := open(nil, &Limits{SubRequests: -1})
	_, err = ask(t, none, "facet", "f", "", 1, "count")
	wantError(t, "a call beyond the budget", err, "Error", errSubRequests.Error())
	if _, err := ask(t, none, "host", "", "", 0, "facets.delete", "f"); err != nil {
		t.Errorf("an operation counts: %v", err)
	}
	if got, err := ask(t, open(nil, &Limits{SubRequests: 1}), "facet", "f", "", 1, "count"); err != nil || got != int64(1) {
		t.Errorf("control: %v, %v", got, err)
	}
}
