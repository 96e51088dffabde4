package seccomp

import (
	"errors"
	"fmt"
)

var (
	profileKeys = []string{"defaultAction", "defaultErrnoRet", "architectures", "flags", "syscalls"}
	ruleKeys    = []string{"names", "action", "errnoRet", "args", "comment"}
	argKeys     = []string{"index", "value", "valueTwo", "op"}
)

// Parse reads a profile in the OCI format. Unlike encoding/json it refuses
// unknown and repeated keys, unknown names of syscalls, actions, operators,
// flags and architectures, values out of range, text after the end, and more
// than 1 MiB. Errors in the text are *ParseError with line and column.
//
// listenerPath and listenerMetadata are refused: the notification listener is
// handed over on an inherited descriptor, never by path.
func Parse(data []byte) (*Profile, error) {
	if err := checkText(data); err != nil {
		return nil, err
	}
	d := newDecoder(data)
	p := &Profile{}
	if err := d.profile(p); err != nil {
		return nil, err
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if p.DefaultAction == "" {
		return nil, d.fail(0, errors.New("defaultAction missing"))
	}
	if err := p.Validate(); err != nil {
		return nil, d.fail(0, err)
	}
	return p, nil
}

func (d *decoder) profile(p *Profile) error {
	return d.object("the profile", profileKeys, func(key string) (err error) {
		switch key {
		case "defaultAction":
			p.DefaultAction, err = d.kind()
		case "defaultErrnoRet":
			p.DefaultErrnoRet, err = d.errno()
		case "architectures":
			p.Architectures, err = d.texts("architectures", checkArch)
		case "flags":
			p.Flags, err = d.texts("flags", checkFlag)
		case "syscalls":
			err = d.list("syscalls", func() error {
				if len(p.Syscalls) == maxRules {
					return fmt.Errorf("more than %d rules: join rules with the same action", maxRules)
				}
				rule, err := d.rule()
				p.Syscalls = append(p.Syscalls, rule)
				return err
			})
		}
		return err
	})
}

func (d *decoder) rule() (Rule, error) {
	start := d.upcoming()
	r := Rule{Line: d.line(start)}
	err := d.object("a rule", ruleKeys, func(key string) (err error) {
		switch key {
		case "names":
			r.Names, err = d.texts("names", checkName)
		case "action":
			r.Action, err = d.kind()
		case "errnoRet":
			r.ErrnoRet, err = d.errno()
		case "args":
			err = d.list("args", func() error {
				if len(r.Args) == 6 {
					return errors.New("a rule has at most six conditions, one for each argument")
				}
				arg, err := d.arg()
				r.Args = append(r.Args, arg)
				return err
			})
		case "comment":
			r.Comment, err = d.text(nil)
		}
		return err
	})
	if err == nil {
		if err = r.validate(); err != nil {
			err = d.fail(start, err)
		}
	}
	return r, err
}

func (d *decoder) arg() (Arg, error) {
	start := d.upcoming()
	a := Arg{}
	var index, value bool
	err := d.object("a condition", argKeys, func(key string) (err error) {
		switch key {
		case "index":
			var n uint64
			n, err = d.number(32)
			a.Index, index = uint(n), true
		case "value":
			a.Value, err = d.number(64)
			value = true
		case "valueTwo":
			a.ValueTwo, err = d.number(64)
		case "op":
			var op string
			op, err = d.text(func(s string) error { return checkOp(Op(s)) })
			a.Op = Op(op)
		}
		return err
	})
	if err == nil && (!index || !value || a.Op == "") {
		err = errors.New("a condition needs index, value and op")
	}
	if err == nil {
		err = a.validate()
	}
	if err != nil {
		return a, d.fail(start, err)
	}
	return a, nil
}

func (d *decoder) kind() (Kind, error) {
	s, err := d.text(func(s string) error {
		_, err := resolve(Kind(s), nil)
		return err
	})
	return Kind(s), err
}

func (d *decoder) errno() (*uint, error) {
	n, err := d.number(16)
	if err != nil {
		return nil, err
	}
	v := uint(n)
	return &v, nil
}

func (d *decoder) texts(what string, check func(string) error) ([]string, error) {
	var all []string
	err := d.list(what, func() error {
		s, err := d.text(check)
		all = append(all, s)
		return err
	})
	return all, err
}
