import { runtimeModule } from "facetd:runtime";
import EventEmitter from "./events.js";
import { missing } from "./lib/missing.js";

// As on the peer from compatibility date 2025-04-01 on: texts of env, and JSON as text.
const env = {};
const workers = runtimeModule("cloudflare:workers");
for (const [name, value] of Object.entries(workers.env)) {
  if (typeof value === "string") env[name] = value;
  else if (typeof value !== "object" || value === null || Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) env[name] = JSON.stringify(value);
}

const nanoseconds = () => BigInt(Math.round(performance.now() * 1e6));
function hrtime(since) {
  const now = nanoseconds();
  const time = [Number(now / 1000000000n), Number(now % 1000000000n)];
  if (since === undefined) return time;
  const [s, ns] = [time[0] - since[0], time[1] - since[1]];
  return ns < 0 ? [s - 1, ns + 1e9] : [s, ns];
}
hrtime.bigint = nanoseconds;

const stream = (write) => ({ fd: -1, isTTY: false, writable: true, write: (text) => (write(String(text).replace(/\n$/, "")), true) });
const process = Object.assign(new EventEmitter(), {
  env, hrtime,
  version: "v22.23.4",
  versions: { node: "22.23.4" },
  release: { name: "node", lts: true },
  platform: "linux",
  arch: "x64",
  title: "facetd",
  pid: 1,
  ppid: 0,
  argv: ["facetd"],
  argv0: "facetd",
  execArgv: [],
  execPath: "",
  exitCode: undefined,
  features: {},
  config: {},
  stdout: stream((text) => console.log(text)),
  stderr: stream((text) => console.error(text)),
  cwd: () => "/bundle",
  umask: () => 0o22,
  uptime: () => performance.now() / 1000,
  nextTick: (f, ...args) => queueMicrotask(() => f(...args)),
  emitWarning: (warning) => console.warn(String(warning)),
});
for (const name of ["abort", "binding", "chdir", "cpuUsage", "dlopen", "exit", "kill", "memoryUsage"]) process[name] = missing("node:process", name);
Object.defineProperty(process, Symbol.toStringTag, { value: "process", configurable: true });

export { env, hrtime };
export const {
  abort, arch, argv, argv0, binding, chdir, config, cpuUsage, cwd, dlopen, emit, emitWarning, execArgv, execPath, exit, features, kill, memoryUsage, nextTick, off, on,
  once, pid, platform, ppid, release, removeListener, stderr, stdout, title, umask, uptime, version, versions,
} = process;
export default process;
