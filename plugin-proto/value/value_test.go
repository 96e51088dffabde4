package value

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

func bigOf(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic(s)
	}
	return n
}

// Each value is encoded as the text says and comes back as it was.
func TestRoundTrip(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"null", nil, "Jnull"},
		{"true", true, "Jtrue"},
		{"integer", int64(-42), "J-42"},
		{"largest integer", int64(maxSafe), "J9007199254740991"},
		{"float", 1.5, "J1.5"},
		{"large float", 1e300, "J1e+300"},
		{"minus zero", math.Copysign(0, -1), "C\xfb\x80\x00\x00\x00\x00\x00\x00\x00"},
		{"infinity", math.Inf(1), "C\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00"},
		{"string", "é\"\\\n\x01<&\u2028", "J\"é\\\"\\\\\\n\\u0001<&\u2028\""},
		{"array", []any{int64(1), "a", nil, []any{}}, `J[1,"a",null,[]]`},
		{"object", map[string]any{"b": int64(1), "a": map[string]any{}}, `J{"a":{},"b":1}`},
		{"undefined", Undefined{}, "C\xf7"},
		{"undefined in an array", []any{Undefined{}, Hole{}, int64(300), int64(-300)}, "C\x84\xf7\xd9\x98\x5c\xf6\x19\x01\x2c\x39\x01\x2b"},
		{"bigint", bigOf("18446744073709551616"), "C\xc2\x49\x01\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"small bigint", bigOf("0"), "C\xc2\x40"},
		{"negative bigint", bigOf("-1"), "C\xc3\x40"},
		{"date", time.UnixMilli(1500).UTC(), "C\xc1\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00"},
		{"early date", time.UnixMilli(-62135596800001).UTC(), ""},
		{"invalid date", InvalidDate{}, "C\xc1\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00"},
		{"regexp", RegExp{"a+", "gi"}, "C\xd9\x52\x4a\x82\x62a+\x62gi"},
		{"map", Map{{"k", int64(1)}, {int64(2), Map{}}}, "C\xd9\x01\x03\xa2\x61k\x01\x02\xd9\x01\x03\xa0"},
		{"set", Set{"a", nil}, "C\xd9\x01\x02\x82\x61a\xf6"},
		{"bytes", []byte{1, 2}, "C\x42\x01\x02"},
		{"typed array", TypedArray{"Uint16Array", []byte{1, 2}}, "C\xd9\x98\x59\x82\x6bUint16Array\x42\x01\x02"},
		{"error", Error{"TypeError", "no", "at x"}, "C\xd9\x98\x5a\x83\x69TypeError\x62no\x64at x"},
		{"boxed", Boxed{"s"}, "C\xd9\x98\x5b\x61s"},
		{"boxed bigint", Boxed{bigOf("1")}, "C\xd9\x98\x5b\xc2\x41\x01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := Marshal(tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != "" && string(data) != tt.want {
				t.Fatalf("encoded % x %q, want % x", data, data, tt.want)
			}
			var got any
			if err := Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.value) || math.Signbit(float(got)) != math.Signbit(float(tt.value)) {
				t.Fatalf("decoded %#v, want %#v", got, tt.value)
			}
		})
	}
}

func float(v any) float64 { f, _ := v.(float64); return f }

func TestNumbersHaveOneForm(t *testing.T) {
	for data, want := range map[string]any{
		"J1.0":                                  int64(1),
		"J1e3":                                  int64(1000),
		"J-0":                                   math.Copysign(0, -1),
		"J1e17":                                 1e17,
		"J0.5":                                  0.5,
		"C\x18\x01":                             int64(1), // not the shortest form
		"C\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00": int64(1),
		"C\x3b\x00\x1f\xff\xff\xff\xff\xff\xff": float64(-1 << 53),
		"C\x3b\x00\x1f\xff\xff\xff\xff\xff\xfe": int64(-maxSafe),
		"C\x1b\x00\x1f\xff\xff\xff\xff\xff\xff": int64(maxSafe),
	} {
		var got any
		if err := Unmarshal([]byte(data), &got); err != nil || got != want || math.Signbit(float(got)) != math.Signbit(float(want)) {
			t.Errorf("%q: %#v, want %#v, %v", data, got, want, err)
		}
	}
}

func TestMarshalGoTypes(t *testing.T) {
	type inner struct{ X uint8 }
	type tagged struct{ Y int }
	type all struct {
		inner
		*tagged `json:"tagged"`
		A       int               `json:"a"`
		B       []string          `json:"b,omitempty"`
		C       *float32          `json:"c"`
		D       map[string]int    `json:"-"`
		E       [2]bool           `json:"e"`
		Z       time.Time         `json:"z,omitzero"`
		N       []int             `json:"n"`
		M       map[string]string `json:"m"`
		private int
	}
	v := all{inner: inner{7}, A: 1, private: 2}
	data, err := Marshal(&v)
	if want := `J{"X":7,"a":1,"c":null,"e":[false,false],"n":[],"m":{}}`; err != nil || string(data) != want {
		t.Fatalf("%s, want %s, %v", data, want, err)
	}
	type name string
	for _, tt := range []struct {
		value any
		want  string
	}{
		{name("x"), `J"x"`},
		{map[name]int{"b": 2, "a": 1}, `J{"a":1,"b":2}`},
		{[]int8{-1}, `J[-1]`},
		{"\xff", "J\"\uFFFD\""},
		{float32(0.5), `J0.5`},
		{[3]byte{1, 2, 3}, "C\x43\x01\x02\x03"},
		{big.NewInt(0), "C\xc2\x40"},
		{*big.NewInt(1), "C\xc2\x41\x01"},
		{(*big.Int)(nil), "Jnull"},
		{[]byte(nil), "C\x40"},
	} {
		if data, err := Marshal(tt.value); err != nil || string(data) != tt.want {
			t.Errorf("%#v: %q, want %q, %v", tt.value, data, tt.want, err)
		}
	}
}

func TestMarshalRefuses(t *testing.T) {
	type ring struct{ Next *ring }
	circle := &ring{}
	circle.Next = circle
	loop := []any{nil}
	loop[0] = loop
	var pointers any
	pointers = &pointers
	tests := map[string]any{
		"channel":          make(chan int),
		"function":         func() {},
		"complex":          1i,
		"int64":            int64(1 << 53),
		"uint64":           uint64(math.MaxUint64),
		"int keys":         map[int]int{1: 1},
		"pointer cycle":    circle,
		"slice cycle":      loop,
		"pointer circle":   pointers,
		"hole at the top":  Hole{},
		"hole in object":   map[string]any{"a": Hole{}},
		"hole in set":      Set{Hole{}},
		"boxed object":     Boxed{[]any{}},
		"boxed null":       Boxed{nil},
		"typed array":      TypedArray{"Int32Array", []byte{1}},
		"typed array kind": TypedArray{"Uint128Array", nil},
		"late time":        time.Date(300000, 1, 1, 0, 0, 0, 0, time.UTC),
		"many items":       make([]bool, MaxItems+1),
		"large":            strings.Repeat("a", MaxBytes+1),
		"large escaped":    strings.Repeat("\x00", MaxBytes/2),
		"deep":             nest(MaxDepth + 1),
	}
	for name, v := range tests {
		if data, err := Marshal(v); !errors.Is(err, ErrValue) {
			t.Errorf("%s: %.40q, %v, want ErrValue", name, data, err)
		}
	}
	if _, err := Marshal(nest(MaxDepth)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := Marshal(make([]bool, MaxItems)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func nest(depth int) any {
	var v any
	for range depth {
		v = []any{v}
	}
	return v
}

func TestUnmarshalInto(t *testing.T) {
	type point struct {
		X, Y int
		Name string `json:"name"`
	}
	type embedded struct {
		*point
		Extra *int
	}
	seven := 7
	tests := []struct {
		name string
		in   any
		out  any // a pointer to what is expected
	}{
		{"int", int64(5), ptr(5)},
		{"uint8", int64(255), ptr(uint8(255))},
		{"float from integer", int64(5), ptr(5.0)},
		{"float32", 0.5, ptr(float32(0.5))},
		{"bigint to int64", bigOf("-9223372036854775808"), ptr(int64(math.MinInt64))},
		{"bigint to uint64", bigOf("18446744073709551615"), ptr(uint64(math.MaxUint64))},
		{"bigint", bigOf("12345678901234567890123"), ptr(bigOf("12345678901234567890123"))},
		{"number to bigint", int64(3), ptr(*big.NewInt(3))},
		{"string", "a", ptr("a")},
		{"undefined to int", Undefined{}, ptr(0)},
		{"null to pointer", nil, ptr((*int)(nil))},
		{"pointer", int64(7), ptr(&seven)},
		{"typed array to bytes", TypedArray{"Uint8Array", []byte("ab")}, ptr([]byte("ab"))},
		{"buffer to array", []byte("ab"), ptr([2]byte{'a', 'b'})},
		{"list", []any{int64(1), Hole{}}, ptr([]int{1, 0})},
		{"array", []any{int64(1), int64(2)}, ptr([2]int{1, 2})},
		{"set to list", Set{"a"}, ptr([]string{"a"})},
		{"object to map", map[string]any{"a": int64(1)}, ptr(map[string]int{"a": 1})},
		{"map to map", Map{{int64(1), "a"}}, ptr(map[int]string{1: "a"})},
		{"struct", map[string]any{"X": int64(1), "name": "n", "other": true}, ptr(point{X: 1, Name: "n"})},
		{"time", time.UnixMilli(1).UTC(), ptr(time.UnixMilli(1).UTC())},
		{"boxed", Boxed{int64(1)}, ptr(1)},
		{"error", Error{"Error", "m", ""}, ptr[error](Error{"Error", "m", ""})},
		{"own type", RegExp{"a", "g"}, ptr(RegExp{"a", "g"})},
		{"any", Set{}, ptr[any](Set{})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := Marshal(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got := reflect.New(reflect.TypeOf(tt.out).Elem())
			if err := Unmarshal(data, got.Interface()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Interface(), tt.out) {
				t.Fatalf("%#v, want %#v", got.Elem(), reflect.ValueOf(tt.out).Elem())
			}
		})
	}
	var e embedded
	if err := Unmarshal([]byte(`J{"X":1}`), &e); !errors.Is(err, ErrValue) {
		t.Errorf("unexported embedded pointer: %v, want ErrValue", err)
	}
}

func ptr[T any](v T) *T { return &v }

func TestUnmarshalMismatch(t *testing.T) {
	tests := []struct {
		name string
		in   any
		out  any
	}{
		{"overflow", int64(256), new(uint8)},
		{"negative", int64(-1), new(uint)},
		{"fraction", 1.5, new(int)},
		{"float32 overflow", 1e300, new(float32)},
		{"large bigint", bigOf("9223372036854775808"), new(int64)},
		{"bigint to float", bigOf("1"), new(float64)},
		{"string to int", "1", new(int)},
		{"bool to string", true, new(string)},
		{"string to bytes", "YQ==", new([]byte)},
		{"list to bytes", []any{int64(1), "a"}, new([]byte)},
		{"list to shorter array", []any{int64(1), int64(2)}, new([1]int)},
		{"object to list", map[string]any{}, new([]int)},
		{"object to int map", map[string]any{}, new(map[int]int)},
		{"object to RegExp", map[string]any{"Source": "a"}, new(RegExp)},
		{"object to time", map[string]any{}, new(time.Time)},
		{"list to Map", []any{map[string]any{"Key": "a"}}, new(Map)},
		{"map to struct", Map{}, new(struct{})},
		{"key of a map", Map{{[]any{}, nil}}, new(map[any]any)},
		{"date to string", time.UnixMilli(0), new(string)},
		{"regexp to error", RegExp{}, new(error)},
		{"nested", map[string]any{"a": []any{"x"}}, new(map[string][]int)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := Marshal(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if err := Unmarshal(data, tt.out); !errors.Is(err, ErrValue) {
				t.Fatalf("%v, want ErrValue", err)
			}
		})
	}
	for _, out := range []any{nil, 1, (*int)(nil)} {
		if err := Unmarshal([]byte("J1"), out); !errors.Is(err, ErrValue) {
			t.Errorf("into %#v: %v, want ErrValue", out, err)
		}
	}
}
