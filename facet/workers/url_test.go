package workers_test

import (
	"encoding/json"
	"testing"
)

// A sample of the URL standard's behaviour: input, base, href or "" for failure.
var urls = []struct{ input, base, href string }{
	{"http://example.com", "", "http://example.com/"},
	{"http://example.com:80/", "", "http://example.com/"},
	{"https://example.com:443/a", "", "https://example.com/a"},
	{"http://example.com:8080", "", "http://example.com:8080/"},
	{"http://example.com:0", "", "http://example.com:0/"},
	{"http://example.com:65536", "", ""},
	{"http://example.com:00080/", "", "http://example.com/"},
	{"HTTP://EXAMPLE.com/A", "", "http://example.com/A"},
	{"  http://example.com/ \n", "", "http://example.com/"},
	{"http://exa\tmple.com/a\nb", "", "http://example.com/ab"},
	{"http://example.com/a/../b/./c", "", "http://example.com/b/c"},
	{"http://example.com/a/%2e%2E/b", "", "http://example.com/b"},
	{"http://example.com/..", "", "http://example.com/"},
	{"http://example.com/.well-known/x", "", "http://example.com/.well-known/x"},
	{"http://example.com/a b?c d#e f", "", "http://example.com/a%20b?c%20d#e%20f"},
	{"http://example.com/?q='x'", "", "http://example.com/?q=%27x%27"},
	{"http://example.com/\"<>`{}", "", "http://example.com/%22%3C%3E%60%7B%7D"},
	{"http://example.com/é?é#é", "", "http://example.com/%C3%A9?%C3%A9#%C3%A9"},
	{"http://example.com\\a\\b", "", "http://example.com/a/b"},
	{"http:example.com/", "", "http://example.com/"},
	{"http:/example.com/", "", "http://example.com/"},
	{"http:///example.com/", "", "http://example.com/"},
	{"http://user:pass@example.com/", "", "http://user:pass@example.com/"},
	{"http://us@er@example.com/", "", "http://us%40er@example.com/"},
	{"http://@/", "", ""},
	{"http://", "", ""},
	{"http://exa mple.com/", "", ""},
	{"http://exam%70le.com/", "", "http://example.com/"},
	{"http://ex%00ample.com/", "", ""},
	{"http://a<b/", "", ""},
	{"http://1.2.3.4/", "", "http://1.2.3.4/"},
	{"http://0x7f.1/", "", "http://127.0.0.1/"},
	{"http://2130706433/", "", "http://127.0.0.1/"},
	{"http://1.2.3.256/", "", ""},
	{"http://1.2.3.4.5/", "", ""},
	{"http://a.1/", "", ""},
	{"http://a.b1/", "", "http://a.b1/"},
	{"http://a.1b/", "", "http://a.1b/"},
	{"http://[::1]:8080/", "", "http://[::1]:8080/"},
	{"http://[1:0:0:2::3]/", "", "http://[1:0:0:2::3]/"},
	{"http://[::ffff:1.2.3.4]/", "", "http://[::ffff:102:304]/"},
	{"http://[::1/", "", ""},
	{"http://faß.example/", "", "http://xn--fa-hia.example/"},
	{"http://ＧＯ.com/", "", "http://go.com/"},
	{"http://☃.net/", "", "http://xn--n3h.net/"},
	{"http://xn--n3h.net/", "", "http://xn--n3h.net/"},
	{"http://xn--a/", "", ""},
	{"http://a_b.example/", "", "http://a_b.example/"},
	{"http://-a-.example/", "", "http://-a-.example/"},
	{"http://example.com./", "", "http://example.com./"},
	{"http://a..b/", "", "http://a..b/"},
	{"/y", "", ""},
	{"", "", ""},
	{"//x", "", ""},
	{"", "http://a/b?c#d", "http://a/b?c"},
	{"#f", "http://a/b?c", "http://a/b?c#f"},
	{"?q", "http://a/b?c", "http://a/b?q"},
	{"x", "http://a/b/c", "http://a/b/x"},
	{"../x", "http://a/b/c/d", "http://a/b/x"},
	{"//h/p", "https://a/b", "https://h/p"},
	{"https:x", "https://a/b/", "https://a/b/x"},
	{"x", "mailto:a@b", ""},
	{"#x", "mailto:a@b", "mailto:a@b#x"},
	{"file:///C|/x", "", "file:///C:/x"},
	{"file://localhost/x", "", "file:///x"},
	{"..", "file:///C:/", "file:///C:/"},
	{"data:text/plain,hello world", "", "data:text/plain,hello world"},
	{"javascript:alert(1)", "", "javascript:alert(1)"},
	{"about:blank#x", "", "about:blank#x"},
	{"foo://Ex ample/", "", ""},
	{"foo://ExAmple/a b", "", "foo://ExAmple/a%20b"},
	{"foo:/a/../..//b", "", "foo:/.//b"},
	{"blob:https://a.com/id", "", "blob:https://a.com/id"},
	{"http://example.com/%zz%", "", "http://example.com/%zz%"},
	{"http://example.com/a%2fb", "", "http://example.com/a%2fb"},
	{"http://example.com/a|b^c[d]", "", "http://example.com/a|b%5Ec[d]"},
	{"http://example.com?", "", "http://example.com/?"},
	{"http://example.com#", "", "http://example.com/#"},
}

func TestURLParse(t *testing.T) {
	r := start(t)
	r.mustLoad(t, importDO+`export class App extends DurableObject {
  href(input, base) { try { return new URL(input, base === "" ? undefined : base).href } catch (e) { return e instanceof TypeError ? "" : String(e) } }
}`)
	for _, u := range urls {
		t.Run(u.input, func(t *testing.T) {
			args, err := json.Marshal([]string{u.input, u.base})
			if err != nil {
				t.Fatal(err)
			}
			var got string
			text, err := r.rpc(t, "href", string(args))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			if got != u.href {
				t.Errorf("got %q, want %q", got, u.href)
			}
		})
	}
}

// The fast path may only take what the state machine would leave as it is. A
// space in front keeps a URL off the fast path and is then stripped.
func TestURLFastPath(t *testing.T) {
	runScripts(t, `
const parts = u => ["href","origin","protocol","host","hostname","port","pathname","search","hash"].map(k => u[k]);
const parse = s => { try { return JSON.stringify(parts(new URL(s))) } catch (e) { return String(e instanceof TypeError) } };
const places = [c => "http://h" + c + "x/", c => "http://" + c + "h/", c => "http://h." + c + "/", c => "http://h" + c, c => "http://h:8" + c, c => "http://h:" + c + "1/p", c => "http://h/a" + c + "b",
  c => "https://h/" + c, c => "http://h/" + c + "/b", c => "http://h/." + c, c => "http://h/a/" + c + ".", c => "http://h/%2" + c, c => "http://h/?a" + c + "b", c => "http://h?" + c, c => "http://h/#a" + c + "b", c => "http://h#" + c, c => c + "http://h/", c => "http:" + c + "/h/"];
`, []script{
		{"each ASCII character in each place", `const bad = [];
for (let code = 0; code < 256; code++) for (const place of places) { const s = place(String.fromCharCode(code)); if (parse(s) !== parse(" " + s)) bad.push(s) }
return bad`, `[]`},
		{"pairs", `const bad = [], chars = "./%:?#@2eE0x-_[]\\\t '".split("");
for (const a of chars) for (const b of chars) for (const place of places) { const s = place(a + b); if (parse(s) !== parse(" " + s)) bad.push(s) }
return bad`, `[]`},
	})
}

func TestURLMembers(t *testing.T) {
	all := `const show = u => [u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash];`
	runScripts(t, all, []script{
		{"members", `return show(new URL("https://u:p@ex.com:8443/a/b?q=1#h"))`, `["https://u:p@ex.com:8443/a/b?q=1#h","https://ex.com:8443","https:","u","p","ex.com:8443","ex.com","8443","/a/b","?q=1","#h"]`},
		{"fast members", `return show(new URL("https://ex.com:8443/a/b?q=1#h"))`, `["https://ex.com:8443/a/b?q=1#h","https://ex.com:8443","https:","","","ex.com:8443","ex.com","8443","/a/b","?q=1","#h"]`},
		{"opaque", `return show(new URL("mailto:x@y"))`, `["mailto:x@y","null","mailto:","","","","","","x@y","",""]`},
		{"set protocol", `const u = new URL("http://a/"); u.protocol = "https"; return u.href`, `"https://a/"`},
		{"set protocol to another kind", `const u = new URL("http://a/"); u.protocol = "foo"; return u.href`, `"http://a/"`},
		{"set host", `const u = new URL("http://a:1/"); u.host = "b:2"; return u.href`, `"http://b:2/"`},
		{"set hostname", `const u = new URL("http://a:1/"); u.hostname = "b:2"; return u.href`, `"http://a:1/"`},
		{"set port", `const u = new URL("http://a/"); u.port = "80x"; u.port; const r = [u.href]; u.port = "81"; r.push(u.href); u.port = ""; r.push(u.href); return r`, `["http://a/","http://a:81/","http://a/"]`},
		{"set pathname", `const u = new URL("http://a/b"); u.pathname = "x y/../z"; return u.href`, `"http://a/z"`},
		{"set search", `const u = new URL("http://a/?x=1"); const p = u.searchParams; u.search = "?y=2&z"; return [u.href, [...p]]`, `["http://a/?y=2&z",[["y","2"],["z",""]]]`},
		{"set hash", `const u = new URL("http://a/"); u.hash = "x y"; const r = [u.href]; u.hash = ""; return [...r, u.href]`, `["http://a/#x%20y","http://a/"]`},
		{"set href", `const u = new URL("http://a/?q"); const p = u.searchParams; u.href = "http://b/?r=1"; return [u.host, p.get("r"), fails(() => u.href = "nope")]`, `["b","1","TypeError: Invalid URL: nope"]`},
		{"set username", `const u = new URL("http://a/"); u.username = "a:b"; u.password = "c@"; return u.href`, `"http://a%3Ab:c%40@a/"`},
		{"params change the URL", `const u = new URL("http://a/?x=1"); u.searchParams.append("y", "2 3"); u.searchParams.delete("x"); return u.href`, `"http://a/?y=2+3"`},
		{"params emptied", `const u = new URL("http://a/?x=1"); u.searchParams.delete("x"); return u.href`, `"http://a/"`},
		{"relative F12", `return [fails(() => new URL("/y")), fails(() => new Request("/y"))]`, `["TypeError: Invalid URL: /y","TypeError: Invalid URL: /y"]`},
		{"canParse, parse", `return [URL.canParse("http://a"), URL.canParse("x"), URL.canParse("x", "http://a"), URL.parse("x"), URL.parse("http://a").href]`, `[true,false,true,null,"http://a/"]`},
		{"JSON and string", `const u = new URL("http://a"); return [JSON.stringify({u}), String(u), Object.prototype.toString.call(u)]`, `["{\"u\":\"http://a/\"}","http://a/","[object URL]"]`},
		{"params: parse", `return [...new URLSearchParams("?a=1&a=2&&b&=c&d=%zz+%F0%9F%98%80%ff")]`, `[["a","1"],["a","2"],["b",""],["","c"],["d","%zz 😀` + "\ufffd" + `"]]`},
		{"params: from", `return [String(new URLSearchParams({a: 1, b: "x y"})), String(new URLSearchParams([["a", 1], ["a", 2]])), String(new URLSearchParams(new URLSearchParams("q=1"))), fails(() => new URLSearchParams([["a"]])).slice(0, 9)]`, `["a=1&b=x+y","a=1&a=2","q=1","TypeError"]`},
		{"params: encode", `return String(new URLSearchParams([["a!'()~*-._", "é&=+%\ud800"]]))`, `"a%21%27%28%29%7E*-._=%C3%A9%26%3D%2B%25%EF%BF%BD"`},
		{"params: has, get, getAll, size", `const p = new URLSearchParams("a=1&b=2&a=3"); return [p.has("a"), p.has("a", "3"), p.has("a", "4"), p.get("a"), p.get("x"), p.getAll("a"), p.size]`, `[true,true,false,"1",null,["1","3"],3]`},
		{"params: set, delete, sort", `const p = new URLSearchParams("z=1&a=2&z=3&a=1"); p.set("z", "9"); const r = [String(p)]; p.sort(); r.push(String(p)); p.delete("a", "1"); return [...r, String(p)]`, `["z=9&a=2&a=1","a=2&a=1&z=9","a=2&z=9"]`},
		{"params: iterate", `const p = new URLSearchParams("a=1&b=2"); const l = []; p.forEach((v, k) => l.push(k + v)); return [l, [...p.keys()], [...p.values()]]`, `[["a1","b2"],["a","b"],["1","2"]]`},
	})
}
