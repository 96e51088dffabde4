package workers_test

import "testing"

func TestHeadersRequestResponse(t *testing.T) {
	runScripts(t, "", []script{
		{"headers: case, combine", `const h = new Headers({"X-A": "1"}); h.append("x-a", "2"); return [h.get("X-a"), h.has("x-A"), [...h]]`, `["1, 2",true,[["x-a","1, 2"]]]`},
		{"headers: sorted", `return [...new Headers([["b", "1"], ["a", "2"], ["set-cookie", "x=1"], ["set-cookie", "y=2"]])]`, `[["a","2"],["b","1"],["set-cookie","x=1"],["set-cookie","y=2"]]`},
		{"headers: getSetCookie", `const h = new Headers(); h.append("Set-Cookie", "a=1, x"); h.append("set-cookie", "b=2"); const r = [h.getSetCookie(), h.get("set-cookie")]; h.set("set-cookie", "c"); r.push(h.getSetCookie()); h.delete("set-cookie"); return [...r, h.getSetCookie()]`, `[["a=1, x","b=2"],"a=1, x, b=2",["c"],[]]`},
		{"headers: injection", `return ["a\r\nb: c", "a\0", "a\nb", "\u0100"].map(v => fails(() => new Headers({x: v})))`, `["TypeError: Invalid header value.","TypeError: Invalid header value.","TypeError: Invalid header value.","TypeError: Invalid header value."]`},
		{"headers: names", `return ["", "a b", "a:b", "a\n", "é"].map(n => fails(() => new Headers().set(n, "v")))`, `["TypeError: Invalid header name.","TypeError: Invalid header name.","TypeError: Invalid header name.","TypeError: Invalid header name.","TypeError: Invalid header name."]`},
		{"headers: trimmed, latin1", `return new Headers({x: " \tv\xe9 \r\n"}).get("x")`, `"vé"`},
		{"headers: bad pairs", `return fails(() => new Headers([["a"]])).slice(0, 9)`, `"TypeError"`},
		{"headers: forEach", `const l = []; new Headers({a: "1"}).forEach((v, k, h) => l.push(v, k, h instanceof Headers)); return l`, `["1","a",true]`},
		{"request", `const r = new Request("http://x/a b", {method: "post", body: "x", headers: {a: "1"}}); return [r.method, r.url, r.headers.get("a"), r.headers.get("content-type"), r.bodyUsed, await r.text(), r.bodyUsed]`, `["POST","http://x/a%20b","1","text/plain;charset=UTF-8",false,"x",true]`},
		{"request: copy", `const a = new Request("http://x/", {method: "PUT", body: "b"}); const b = new Request(a, {headers: {h: "1"}}); return [b.method, await b.text(), a.bodyUsed, b.headers.get("h")]`, `["PUT","b",true,"1"]`},
		{"request: GET with body", `return fails(() => new Request("http://x", {body: "x"}))`, `"TypeError: Request with a GET or HEAD method cannot have a body."`},
		{"request: method", `return [new Request("http://x", {method: "PaTcH"}).method, new Request("http://x", {method: "pAtx"}).method, fails(() => new Request("http://x", {method: "a b"}))]`, `["PATCH","pAtx","TypeError: Invalid HTTP method string: a b"]`},
		{"request: signal", `const c = new AbortController; const r = new Request("http://x", {signal: c.signal}); c.abort("why"); return [r.signal.aborted, r.signal.reason]`, `[true,"why"]`},
		{"response: defaults", `const r = new Response("x"); return [r.status, r.ok, r.statusText, r.headers.get("content-type"), r.type, r.body instanceof ReadableStream]`, `[200,true,"","text/plain;charset=UTF-8","default",true]`},
		{"response: status", `return [199, 600, 101, NaN].map(status => fails(() => new Response("", {status})))`, `["RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.","RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.","RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.","RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive."]`},
		{"response: null body", `return [204, 205, 304].map(status => fails(() => new Response("x", {status})).slice(0, 41))`, `["TypeError: Response with null body status","TypeError: Response with null body status","TypeError: Response with null body status"]`},
		{"response: statusText", `return fails(() => new Response("", {statusText: "a\r\nb"}))`, `"TypeError: Invalid statusText"`},
		{"response: json", `const r = Response.json({a: 1}, {status: 201}); return [r.status, r.headers.get("content-type"), await r.json(), Response.json(1, {headers: {"content-type": "x/y"}}).headers.get("content-type")]`, `[201,"application/json",{"a":1},"x/y"]`},
		{"response: redirect", `const r = Response.redirect("http://x/a b", 301); return [r.status, r.headers.get("location"), fails(() => r.headers.set("a", "b")), fails(() => Response.redirect("http://x", 200)).slice(0, 10)]`, `[301,"http://x/a%20b","TypeError: Can't modify immutable headers.","RangeError"]`},
		{"response: clone", `const a = new Response("x", {headers: {a: "1"}}), b = a.clone(); b.headers.set("a", "2"); return [await a.text(), await b.text(), a.headers.get("a"), fails(() => a.clone()).slice(0, 9)]`, `["x","x","1","TypeError"]`},
		{"body: twice", `const r = new Response("x"); await r.text(); return rejects(r.text())`, `"TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice."`},
		{"body: forms", `return [await new Response(new Uint8Array([104, 105])).text(), [...await new Response("hé").bytes()], (await new Response("abc").arrayBuffer()).byteLength, await new Response(null).text(), await new Response(5).text(), await new Response(new URLSearchParams("a=b c")).text()]`, `["hi",[104,195,169],3,"","5","a=b+c"]`},
		{"body: bytes are copied", `const b = new Uint8Array([1]); const r = new Response(b); b[0] = 2; return [...await r.bytes()]`, `[1]`},
		{"body: subarray", `return (await new Response(new Uint8Array([1, 2, 3]).subarray(1)).arrayBuffer()).byteLength`, `2`},
		{"body: byte order mark", `return [(await new Response("\ufeffa").text()).length, (await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 97])).text()).length]`, `[1,1]`},
		{"body: bad json", `return (await rejects(new Response("{").json())).slice(0, 11)`, `"SyntaxError"`},
		{"body: locked", `const r = new Response("x"); r.body.getReader(); return [await rejects(r.text()), r.bodyUsed]`, `["TypeError: This ReadableStream is currently locked to a reader.",false]`},
		{"body: read by hand", `const r = new Response("abc"); let n = 0; for await (const c of r.body) n += c.length; return [n, r.bodyUsed]`, `[3,true]`},
		{"body: cancelled", `const r = new Response("abc"); await r.body.cancel(); return r.bodyUsed`, `true`},
		{"body: BYOB", `const {value} = await new Response("abc").body.getReader({mode: "byob"}).read(new Uint8Array(2)); return [...value]`, `[97,98]`},
		{"form: urlencoded", `const f = await new Response(new URLSearchParams("a=1&b=2")).formData(); return [...f]`, `[["a","1"],["b","2"]]`},
		{"form: multipart", `const f = new FormData(); f.append("a\"b", "x\ny"); f.append("f", new Blob(["data\r\n--x"], {type: "text/x"}), "n.txt"); const g = await new Response(f).formData(); const file = g.get("f"); return [g.get('a"b'), file instanceof File, file.name, file.type, await file.text()]`, `["x\r\ny",true,"n.txt","text/x","data\r\n--x"]`},
		{"form: foreign", `const b = "--q\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n--q--\r\n"; const f = await new Response(b, {headers: {"content-type": 'multipart/form-data; boundary="q"'}}).formData(); return [...f]`, `[["n","v"]]`},
		{"form: malformed", `return (await rejects(new Response("--q\r\nx", {headers: {"content-type": "multipart/form-data; boundary=q"}}).formData())).slice(0, 9)`, `"TypeError"`},
		{"form: other type", `return (await rejects(new Response("x").formData())).slice(0, 9)`, `"TypeError"`},
		{"blob", `const b = new Blob(["a", new Uint8Array([98]), new Blob(["c"])], {type: "T/x"}); return [b.size, b.type, await b.text(), await b.slice(1, 2).text(), await new Response(b).text(), new Response(b).headers.get("content-type"), (await b.stream().getReader().read()).value.length]`, `[3,"t/x","abc","b","abc","t/x",3]`},
		{"fetch L34", `return (await rejects(fetch("http://x"))).slice(0, 70)`, `"Error: This worker is not permitted to access the internet via global "`},
		{"names", `return [Headers, Request, Response, URL, AbortSignal, ReadableStream, DOMException].map(c => c.name)`, `["Headers","Request","Response","URL","AbortSignal","ReadableStream","DOMException"]`},
		{"globals L43", `return [typeof process, typeof Worker, typeof gc, typeof window]`, `["undefined","undefined","undefined","undefined"]`},
		{"eval L40", `return [fails(() => eval("1")), fails(() => new Function("1")).slice(0, 9), fails(() => (async () => {}).constructor("1")).slice(0, 9)]`, `["EvalError: Code generation from strings disallowed for this context","EvalError","EvalError"]`},
		{"wasm L40", `return typeof WebAssembly === "undefined" ? "CompileError" : (await rejects(WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])))).slice(0, 12)`, `"CompileError"`},
	})
}

func TestEncoding(t *testing.T) {
	runScripts(t, "", []script{
		{"encoder", `const e = new TextEncoder(); return [e.encoding, [...e.encode("é\ud800")], e.encode().length]`, `["utf-8",[195,169,239,191,189],0]`},
		{"encodeInto", `const d = new Uint8Array(4); const r = new TextEncoder().encodeInto("aé😀", d); return [r, [...d]]`, `[{"read":2,"written":3},[97,195,169,0]]`},
		{"decoder", `return new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff, 0xf0, 0x9f]))`, `"a` + "\ufffd\ufffd" + `"`},
		{"decoder: keep BOM", `return new TextDecoder("utf8", {ignoreBOM: true}).decode(new Uint8Array([0xef, 0xbb, 0xbf])).length`, `1`},
		{"decoder: fatal", `return fails(() => new TextDecoder("utf-8", {fatal: true}).decode(new Uint8Array([0xff]))).slice(0, 9)`, `"TypeError"`},
		{"decoder: stream", `const d = new TextDecoder(); let s = ""; for (const b of [0xf0, 0x9f, 0x98, 0x80, 0xe2, 0x82]) s += d.decode(new Uint8Array([b]), {stream: true}); return s + d.decode()`, `"😀` + "\ufffd" + `"`},
		{"decoder: stream, BOM in pieces", `const d = new TextDecoder(); let s = ""; for (const b of [0xef, 0xbb, 0xbf, 0x61]) s += d.decode(new Uint8Array([b]), {stream: true}); return s`, `"a"`},
		{"decoder: stream, invalid lead", `const d = new TextDecoder(); return d.decode(new Uint8Array([0xe0, 0x80]), {stream: true}).length + d.decode().length`, `2`},
		{"utf-16le", `return [new TextDecoder("utf-16").decode(new Uint8Array([0x61, 0, 0x3d, 0xd8, 0, 0xde])), new TextDecoder("utf-16le").decode(new Uint8Array([0x61])).length]`, `["a😀",1]`},
		{"latin1", `const d = new TextDecoder("latin1"); return [d.encoding, d.decode(new Uint8Array([0x80, 0xe9]))]`, `["windows-1252","€é"]`},
		{"unknown label", `return fails(() => new TextDecoder("x-nope"))`, `"RangeError: \"x-nope\" is not a supported encoding."`},
		{"base64", `return [btoa(""), btoa("a"), btoa("ab"), btoa("abc\xff"), atob("YQ=="), atob(" Y W I "), atob("YWJj/w==") === "abc\xff"]`, `["","YQ==","YWI=","YWJj/w==","a","ab",true]`},
		{"base64: errors", `return [fails(() => btoa("\u0100")), fails(() => atob("a")), fails(() => atob("a===")), fails(() => atob("a*=="))].map(s => s.slice(0, 21))`, `["InvalidCharacterError","InvalidCharacterError","InvalidCharacterError","InvalidCharacterError"]`},
	})
}

func TestEventsAndTimers(t *testing.T) {
	runScripts(t, "", []script{
		{"order", `const l = []; await new Promise(r => { setTimeout(() => { l.push("b"); r() }, 300); setTimeout(() => l.push("a"), 0); setTimeout(() => l.push("a2")); queueMicrotask(() => l.push("m")); l.push("s") }); return l`, `["s","m","a","a2","b"]`},
		{"arguments", `return new Promise(r => setTimeout((...a) => r(a), 0, 1, 2))`, `[1,2]`},
		{"clear", `let n = 0; const id = setTimeout(() => n++, 0); clearTimeout(id); clearTimeout(undefined); clearTimeout(99999); await sleep(3); return [n, typeof id]`, `[0,"number"]`},
		{"interval", `return new Promise(r => { let n = 0; const id = setInterval(() => { if (++n === 3) { clearInterval(id); r(n) } }, 1) })`, `3`},
		{"cleared by itself", `let n = 0; const id = setTimeout(() => { clearTimeout(id); n++ }); await sleep(3); return n`, `1`},
		{"not a function", `return fails(() => setTimeout("x"))`, `"TypeError: Failed to execute 'setTimeout' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'function'."`},
		{"too many P3", `const ids = []; let e; try { for (;;) ids.push(setTimeout(() => 0, 1e6)) } catch (x) { e = x.name } ids.forEach(clearTimeout); return [ids.length, e]`, `[10000,"QuotaExceededError"]`},
		{"many", `let n = 0; await Promise.all(Array.from({length: 1000}, (_, i) => sleep(i % 7).then(() => n++))); return n`, `1000`},
		{"scheduler", `await scheduler.wait(1); return rejects(scheduler.wait(1000, {signal: AbortSignal.timeout(1)}))`, `"TimeoutError: The operation was aborted due to timeout"`},
		{"events", `const t = new EventTarget(), l = []; const f = e => l.push(e.type); t.addEventListener("a", f); t.addEventListener("a", f); t.addEventListener("a", {handleEvent() { l.push("obj") }}, {once: true}); t.dispatchEvent(new Event("a")); t.removeEventListener("a", f); t.dispatchEvent(new Event("a")); return l`, `["a","obj"]`},
		{"events: stop, prevent", `const t = new EventTarget(), l = []; t.addEventListener("a", e => { e.stopImmediatePropagation(); e.preventDefault(); l.push(1) }); t.addEventListener("a", () => l.push(2)); return [t.dispatchEvent(new Event("a", {cancelable: true})), l]`, `[false,[1]]`},
		{"custom event", `return new CustomEvent("x", {detail: 5}).detail`, `5`},
		{"abort", `const c = new AbortController, l = []; c.signal.onabort = () => l.push("on"); c.signal.addEventListener("abort", () => l.push("listener")); c.abort(); c.abort("again"); return [l, c.signal.aborted, c.signal.reason.name, fails(() => c.signal.throwIfAborted())]`, `[["on","listener"],true,"AbortError","AbortError: The operation was aborted"]`},
		{"abort: any", `const a = new AbortController, b = new AbortController, s = AbortSignal.any([a.signal, b.signal]); b.abort(7); return [s.aborted, s.reason, AbortSignal.any([b.signal]).reason]`, `[true,7,7]`},
		{"abort: signal option", `const c = new AbortController, t = new EventTarget; let n = 0; t.addEventListener("x", () => n++, {signal: c.signal}); t.dispatchEvent(new Event("x")); c.abort(); t.dispatchEvent(new Event("x")); return n`, `1`},
		{"abort: not constructible", `return fails(() => new AbortSignal)`, `"TypeError: Illegal constructor"`},
		{"DOMException", `const e = new DOMException("m", "NotFoundError"); return [e.name, e.message, e.code, e instanceof Error, DOMException.NOT_FOUND_ERR, DOMException.DATA_CLONE_ERR, String(e)]`, `["NotFoundError","m",8,true,8,25,"NotFoundError: m"]`},
		{"structuredClone", `const o = {d: new Date(5), m: new Map([[1, new Set([2])]])}; o.self = o; const c = structuredClone(o); return [c !== o, c.self === c, c.d.getTime(), c.m.get(1).has(2)]`, `[true,true,5,true]`},
		{"structuredClone: transfer", `const b = new ArrayBuffer(4); const c = structuredClone(b, {transfer: [b]}); return [c.byteLength, b.byteLength, b.detached]`, `[4,0,true]`},
		{"structuredClone: function", `return fails(() => structuredClone(() => 1))`, `"DataCloneError: () => 1 could not be cloned."`},
		{"structuredClone: deep", `let o = null; for (let i = 0; i < 1000; i++) o = [o]; return JSON.stringify(structuredClone(o)).length`, `2004`},
		{"random", `const a = crypto.getRandomValues(new Uint32Array(8)); return [a.some(x => x !== 0), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()), fails(() => crypto.getRandomValues(new Float32Array(1))).slice(0, 17), fails(() => crypto.getRandomValues(new Uint8Array(65537))).slice(0, 18)]`, `[true,true,"TypeMismatchError","QuotaExceededError"]`},
		{"clock L42", `return [Math.abs(performance.now() - Date.now()) < 1000, performance.timeOrigin, navigator.userAgent]`, `[true,0,"Cloudflare-Workers"]`},
		{"streams", `const {readable, writable} = new TransformStream(); const w = writable.getWriter(); w.write("a"); w.close(); const l = []; for await (const c of readable) l.push(c); return l`, `["a"]`},
		{"stream is not cloned", `return fails(() => structuredClone(new ReadableStream()))`, `"DataCloneError: ReadableStream can only be serialized for RPC."`},
		{"waitUntil of the module", `waitUntil(Promise.resolve()); return 1`, `1`},
	})
}

// TestSubtle uses the vectors of FIPS 180-4 ("abc") and RFC 4231 (case 2).
func TestSubtle(t *testing.T) {
	runScripts(t, `const hex = b => [...new Uint8Array(b)].map(n => n.toString(16).padStart(2, "0")).join("");
const bytes = s => new TextEncoder().encode(s);
const {subtle} = crypto;
const jefe = (usages = ["sign", "verify"], extractable = false, hash = "SHA-256") => subtle.importKey("raw", bytes("Jefe"), {name: "HMAC", hash}, extractable, usages);
const DATA = bytes("what do ya want for nothing?");
const MAC = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
`, []script{
		{"digests", `return Promise.all(["SHA-1", {name: "sha-256"}, "SHA-384", "SHA-512"].map(async a => hex(await subtle.digest(a, bytes("abc"))).slice(0, 16)))`, `["a9993e364706816a","ba7816bf8f01cfea","cb00753f45a35e8b","ddaf35a193617aba"]`},
		{"digest of nothing", `return hex(await subtle.digest("SHA-256", new ArrayBuffer(0))).slice(0, 8)`, `"e3b0c442"`},
		{"digest of a view", `return hex(await subtle.digest("SHA-256", bytes("xabc").subarray(1))).slice(0, 8)`, `"ba7816bf"`},
		{"digest refused", `return [(await rejects(subtle.digest("MD4", DATA))).slice(0, 17), (await rejects(subtle.digest("SHA-256", "text"))).slice(0, 9), (await rejects(subtle.digest())).slice(0, 9)]`, `["NotSupportedError","TypeError","TypeError"]`},
		{"sign", `return hex(await subtle.sign("HMAC", await jefe(), DATA)) === MAC`, `true`},
		{"sign with SHA-512", `return hex(await subtle.sign({name: "hmac"}, await jefe(["sign"], false, {name: "SHA-512"}), DATA)).slice(0, 16)`, `"164b7a7bfcf819e2"`},
		{"verify", `const k = await jefe(); const m = await subtle.sign("HMAC", k, DATA); const bad = new Uint8Array(m.slice(0)); bad[31] ^= 1; return [await subtle.verify("HMAC", k, m, DATA), await subtle.verify("HMAC", k, bad, DATA), await subtle.verify("HMAC", k, m.slice(1), DATA)]`, `[true,false,false]`},
		{"usages", `const k = await jefe(["verify"]); return [(await rejects(subtle.sign("HMAC", k, DATA))).slice(0, 18), k.usages, (await rejects(jefe([]))).slice(0, 11), (await rejects(jefe(["encrypt"]))).slice(0, 11)]`, `["InvalidAccessError",["verify"],"SyntaxError","SyntaxError"]`},
		{"export", `const k = await jefe(["sign"], true); return [hex(await subtle.exportKey("raw", k)), (await rejects(subtle.exportKey("raw", await jefe()))).slice(0, 18), k.type, k.extractable, k.algorithm]`, `["4a656665","InvalidAccessError","secret",true,{"name":"HMAC","hash":{"name":"SHA-256"},"length":32}]`},
		{"generate", `const k = await subtle.generateKey({name: "HMAC", hash: "SHA-1"}, true, ["sign"]); return [k.algorithm.length, (await subtle.exportKey("raw", k)).byteLength]`, `[512,64]`},
		{"not supported", `return [(await rejects(subtle.importKey("spki", DATA, {name: "HMAC", hash: "SHA-1"}, true, ["sign"]))).slice(0, 17), (await rejects(subtle.importKey("raw", DATA, "AES-KW", true, ["wrapKey"]))).slice(0, 17)]`, `["NotSupportedError","NotSupportedError"]`},
		{"a key is a key", `return [(await rejects(subtle.sign("HMAC", {}, DATA))).slice(0, 9), fails(() => new CryptoKey()), fails(() => structuredClone(subtle)).slice(0, 14)]`, `["TypeError","TypeError: Illegal constructor","DataCloneError"]`},
		{"timingSafeEqual", `return [subtle.timingSafeEqual(bytes("a"), bytes("a")), subtle.timingSafeEqual(bytes("a"), bytes("b")), fails(() => subtle.timingSafeEqual(bytes("a"), bytes("ab"))).slice(0, 9)]`, `[true,false,"TypeError"]`},
		{"randomUUID", `return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())`, `true`},
	})
}
