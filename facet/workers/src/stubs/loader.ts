import { refuseToClone } from "../codec/classify.ts";
import { type DurableObjectClass, newWorkerClass } from "./class_handle.ts";
import { entrypointChannel, exportName } from "./entrypoint.ts";
import { newFetcher, type ServiceStub } from "./fetcher.ts";
import { checkInternal, INTERNAL } from "./stamped.ts";
import { describeCode, limitsOf } from "./worker_code.ts";
import { WorkerRef } from "./worker_ref.ts";

/** What LOADER.get() and load() give (fact L13). */
export class WorkerStub {
  readonly #worker: WorkerRef;

  constructor(token: symbol, worker: WorkerRef) {
    checkInternal(token);
    this.#worker = worker;
  }

  getEntrypoint(name?: unknown, options?: unknown): ServiceStub {
    return newFetcher(entrypointChannel(this.#worker, exportName(name), options, limitsIn(options)));
  }
  getDurableObjectClass(name?: unknown, options?: unknown): DurableObjectClass {
    return newWorkerClass(this.#worker, exportName(name), options, limitsIn(options));
  }
  get [Symbol.toStringTag](): string { return "WorkerStub"; }
}

/** options.limits; undefined for none. */
function limitsIn(options: unknown): object | undefined {
  const limits = (options as { limits?: unknown } | null | undefined)?.limits;
  return limits === undefined || limits === null ? undefined : limitsOf(limits);
}

/** env.LOADER (fact L2). */
export class WorkerLoader {
  readonly #binding: string;

  constructor(token: symbol, binding: string) {
    checkInternal(token);
    this.#binding = binding;
  }

  /** The callback runs soon, unless the loader has code under the id (facts L4, L5). */
  get(id: unknown, callback?: unknown): WorkerStub {
    if (typeof callback !== "function") throw new TypeError("Failed to execute 'get' on 'WorkerLoader': parameter 2 is not of type 'function'.");
    const code = async () => describeCode(await (Reflect.apply(callback, undefined, []) as unknown));
    const worker = new WorkerRef(this.#binding, id === undefined || id === null ? undefined : `${id as string}`.toWellFormed(), code);
    worker.loadSoon();
    return new WorkerStub(INTERNAL, worker);
  }

  /** Buffers are copied now (fact L25); what is wrong with the code shows in calls. */
  load(code?: unknown): WorkerStub {
    if (typeof code !== "object" || code === null) throw new TypeError("Failed to execute 'load' on 'WorkerLoader': parameter 1 is not of type 'WorkerCode'.");
    let described: object | undefined;
    let problem: unknown;
    try {
      described = describeCode(code);
    } catch (e) {
      problem = e;
    }
    const answer = () => {
      if (described === undefined) throw problem;
      return described;
    };
    return new WorkerStub(INTERNAL, new WorkerRef(this.#binding, undefined, answer));
  }

  get [Symbol.toStringTag](): string { return "WorkerLoader"; }
}

export function newLoader(binding: string): WorkerLoader {
  return new WorkerLoader(INTERNAL, binding);
}

refuseToClone(WorkerStub, WorkerLoader);
