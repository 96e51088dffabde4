/** The one instance of this process, once its class was constructed. */
export interface Instance {
  readonly object: Record<string, unknown>;
  /** Whether the class extends DurableObject, so that methods may be called. */
  readonly rpc: boolean;
}

export let instance: Instance | undefined;

export function setInstance(i: Instance): void {
  instance = i;
}
