package sandbox

import (
	"reflect"
	"strings"
	"testing"
)

func TestLayerNames(t *testing.T) {
	if n := len(AllLayers.Each()); n != len(layerNames) {
		t.Fatalf("%d layers, %d names", n, len(layerNames))
	}
	for _, l := range AllLayers.Each() {
		back, ok := ParseLayer(l.String())
		if !ok || back != l {
			t.Errorf("%s parses to %s", l, back)
		}
	}
	if s := (Landlock | Seccomp).String(); s != "landlock+seccomp" {
		t.Errorf("two layers: %q", s)
	}
	if s := Layer(0).String(); s != "none" {
		t.Errorf("no layer: %q", s)
	}
	if _, ok := ParseLayer("wall"); ok {
		t.Error("unknown name parsed")
	}
}

func TestIDPool(t *testing.T) {
	p := newIDPool(IDRange{First: 1001, Count: 3})
	var got []uint32
	for range 3 {
		id, err := p.take()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
	}
	if !reflect.DeepEqual(got, []uint32{1001, 1002, 1003}) {
		t.Errorf("ids %v", got)
	}
	if _, err := p.take(); err == nil {
		t.Error("a fourth id out of three")
	}
	p.give(1002)
	if id, err := p.take(); err != nil || id != 1002 {
		t.Errorf("id given back: %d, %v", id, err)
	}
}

func TestIDRange(t *testing.T) {
	for _, r := range []IDRange{{0, 1}, {5, 0}, {1 << 31, 1}, {1<<31 - 1, 2}, {1<<32 - 2, 5}} {
		if r.check() == nil {
			t.Errorf("range %v accepted", r)
		}
	}
	if err := (IDRange{}).withDefaults().check(); err != nil {
		t.Error(err)
	}
}

const sampleStatus = `Name:	x
Umask:	0077
Pid:	7
Uid:	1	2	3	4
Gid:	5	6	7	8
Groups:	9 10 
CapInh:	0000000000000001
CapPrm:	0000000000000002
CapEff:	0000000000000003
CapBnd:	0000000000000004
CapAmb:	0000000000000005
NoNewPrivs:	1
Seccomp:	2
Seccomp_filters:	3
`

func TestParseStatus(t *testing.T) {
	got, umask, err := parseStatus(sampleStatus)
	want := ThreadPosture{TID: 7, UID: [4]uint32{1, 2, 3, 4}, GID: [4]uint32{5, 6, 7, 8}, Groups: []uint32{9, 10},
		Caps: Capabilities{1, 2, 3, 4, 5}, NoNewPrivs: true, Seccomp: 2, SeccompFilters: 3}
	if err != nil || umask != 0o77 || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %o, %v", got, umask, err)
	}
	for _, bad := range []string{
		"", strings.Replace(sampleStatus, "Seccomp:\t2\n", "", 1),
		strings.Replace(sampleStatus, "1\t2\t3\t4", "1\t2\t3", 1),
		strings.Replace(sampleStatus, "0000000000000003", "zz", 1),
	} {
		if _, _, err := parseStatus(bad); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
}

func TestParseData(t *testing.T) {
	for _, test := range []struct {
		text string
		want uint64
		ok   bool
	}{
		{"Name:\tx\nVmData:\t  123456 kB\nVmStk:\t1 kB\n", 123456 << 10, true},
		{"VmData:\t\n", 0, false},
		{"VmData:\t18446744073709551615 kB\n", 0, false},
		{"Name:\tx\n", 0, false},
	} {
		if got, err := parseData(test.text); err == nil != test.ok || test.ok && got != test.want {
			t.Errorf("%q: %d, %v", test.text, got, err)
		}
	}
}

func TestParseProcFiles(t *testing.T) {
	mounts, err := parseMounts("1 2 0:3 / /a\\040b rw,nosuid shared:1 master:2 - tmpfs none rw,size=4k\n")
	if err != nil || len(mounts) != 1 || mounts[0].Point != "/a b" || mounts[0].Type != "tmpfs" || mounts[0].SuperOptions[1] != "size=4k" {
		t.Errorf("mounts %+v, %v", mounts, err)
	}
	limits, err := parseLimits("Limit                     Soft Limit           Hard Limit           Units     \n" +
		"Max cpu time              unlimited            5                    seconds   \n" +
		"Max nice priority         0                    0                    \n")
	if err != nil || limits["Max cpu time"] != (Rlimit{Unlimited, 5}) || len(limits) != 2 {
		t.Errorf("limits %v, %v", limits, err)
	}
	groups, err := parseCgroups("4:cpu,cpuacct:/a:b\n0::/c\n")
	if err != nil || len(groups) != 2 || groups[0].Path != "/a:b" || len(groups[0].Controllers) != 2 || groups[1].Controllers != nil {
		t.Errorf("cgroups %+v, %v", groups, err)
	}
	if n, err := parseNamespace("net:[4026531840]"); err != nil || n != 4026531840 {
		t.Errorf("namespace %d, %v", n, err)
	}
	for target, want := range map[string]FileClass{
		"/dev/null": FileNull, "pipe:[1]": FilePipe, "socket:[2]": FileSocket, "anon_inode:[eventfd]": FileEventFD,
		"anon_inode:[eventpoll]": FileEpoll, "/memfd:x (deleted)": FileMemFD, "anon_inode:seccomp notify": FileOther,
	} {
		if got := classify(target); got != want {
			t.Errorf("%s is %s, want %s", target, got, want)
		}
	}
}

func FuzzParsers(f *testing.F) {
	f.Add(sampleStatus)
	f.Add("1 2 0:3 / / rw - tmpfs none rw\n")
	f.Add("0 1 2\n1 3 1\n")
	f.Add("9:x:/\n0::/\n")
	f.Add("Limit\nMax cpu time              unlimited            unlimited            seconds\n")
	f.Add("net:[1]")
	f.Fuzz(func(t *testing.T, s string) {
		parseStatus(s)
		parseMounts(s)
		parseLimits(s)
		parseNamespace(s)
		if groups, err := parseCgroups(s); err == nil {
			for _, g := range groups {
				if strings.Contains(g.Path, "\n") {
					t.Errorf("path %q", g.Path)
				}
			}
		}
		if maps, err := parseIDMap(s); err == nil && s != "" && len(maps) == 0 && strings.TrimSpace(s) != "" {
			t.Errorf("no map out of %q", s)
		}
	})
}
