package supervisor_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/facetd/facetd/supervisor"
)

const source = `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject {
  fetch(request) { return new Response("hello"); }
  increment(by) {
    const n = (this.ctx.storage.kv.get("n") ?? 0) + by;
    this.ctx.storage.kv.put("n", n);
    return n;
  }
}`

// The examples share a host; each is a whole use of its part of the interface.
var host *supervisor.Host

func start(context.Context) (supervisor.StartupOptions, error) {
	worker := host.Loader().Get("counter-v1", func(context.Context) (supervisor.WorkerCode, error) {
		return supervisor.WorkerCode{
			CompatibilityDate: "2026-04-01",
			MainModule:        "worker.js",
			Modules:           map[string]supervisor.Module{"worker.js": supervisor.JS(source)},
		}, nil
	})
	return supervisor.StartupOptions{Class: worker.Class("App")}, nil
}

func Example() {
	ctx := context.Background()
	host, err := supervisor.Open(ctx, supervisor.Config{Dir: "/var/lib/facetd"})
	if err != nil {
		log.Fatal(err)
	}
	defer host.Close()
	app := host.Object("AppRunner", "my-app").Facets().Get("app", start)
	log.Print(http.ListenAndServe("localhost:8080", app))
}

func ExampleStub_Call() {
	app := host.Object("AppRunner", "my-app").Facets().Get("app", start)
	var n int
	if err := app.Call(context.Background(), "increment", &n, 5); err != nil {
		log.Fatal(err)
	}
	fmt.Println(n)
}

func ExampleStub_Fetch() {
	app := host.Object("AppRunner", "my-app").Facets().Get("app", start)
	r, err := http.NewRequest("GET", "http://my-app.example/", nil)
	if err != nil {
		log.Fatal(err)
	}
	resp, err := app.Fetch(context.Background(), r)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
}

func ExampleFacets_Abort() {
	facets := host.Object("AppRunner", "my-app").Facets()
	app := facets.Get("app", start)
	newVersion := errors.New("new version")
	if err := facets.Abort("app", newVersion); err != nil {
		log.Fatal(err)
	}
	err := app.Call(context.Background(), "increment", nil, 1)
	fmt.Println(errors.Is(err, newVersion)) // an old stub fails for ever
	app = facets.Get("app", start)          // a new one works, on the same data
	fmt.Println(app.Call(context.Background(), "increment", nil, 1))
}

func ExampleFacets_Clone() {
	facets := host.Object("AppRunner", "my-app").Facets()
	if err := facets.Clone("app", "app-preview"); err != nil {
		log.Fatal(err)
	}
	if err := facets.Delete("app"); err != nil {
		log.Fatal(err)
	}
}

func ExampleFacets_List() {
	list, err := host.Object("AppRunner", "my-app").Facets().List(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range list {
		fmt.Println(f.Name, f.State, f.DatabaseBytes)
		if f.Last != nil {
			fmt.Println("last ended:", f.Last.Verdict, f.LastAt)
		}
	}
}

func ExampleVerdictError() {
	app := host.Object("AppRunner", "my-app").Facets().Get("app", start)
	err := app.Call(context.Background(), "increment", nil, 1)
	var thrown *supervisor.RemoteError
	var ended *supervisor.VerdictError
	switch {
	case errors.As(err, &ended):
		fmt.Println("the instance ended:", ended.Verdict, ended.Hint)
	case errors.As(err, &thrown):
		fmt.Println("the application threw:", thrown.Name, thrown.Message)
	case errors.Is(err, supervisor.ErrCallCPU):
		fmt.Println("the call was too expensive")
	}
}

func ExampleWorker_Class() {
	limits := supervisor.Limits{MemoryBytes: 256 << 20, CPU: 5 * time.Second}
	worker := host.Loader().Load(supervisor.WorkerCode{
		CompatibilityDate: "2026-04-01",
		MainModule:        "app.ts",
		Modules: map[string]supervisor.Module{
			"app.ts":      supervisor.TS(`import page from "./page.html"; export class App { fetch() { return new Response(page) } }`),
			"page.html":   supervisor.Text("<!doctype html>"),
			"config.json": supervisor.JSON(map[string]any{"colour": "blue"}),
		},
		Env:    map[string]any{"GREETING": "hello"},
		Limits: &limits,
	})
	if err := worker.Prepare(context.Background()); err != nil {
		var build *supervisor.BuildError
		if errors.As(err, &build) {
			fmt.Println(build.Diagnostics[0])
		}
	}
	fmt.Println(worker.Class("App", supervisor.WithProps(map[string]any{"tenant": "a"})).Name())
}

func ExampleHost_Object() {
	obj := host.Object("AppRunner", "my-app")
	db, err := obj.DB(context.Background()) // the supervisor's own data about it
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS deploys (version TEXT, at TEXT)"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(obj.ID())
}

func ExampleHost_Shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := host.Shutdown(ctx); err != nil { // waits for calls under way
		log.Print(err)
	}
}
