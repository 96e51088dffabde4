/** Something that gives chunks until undefined. */
export interface Puller {
  read(): Promise<Uint8Array | undefined>;
  cancel(reason: unknown): Promise<unknown>;
}

/** A body that is somewhere else and comes chunk by chunk. */
export abstract class Pulled implements Puller {
  abstract read(): Promise<Uint8Array | undefined>;
  abstract cancel(reason?: unknown): Promise<unknown>;
}
