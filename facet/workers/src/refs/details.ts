/** A reference as the runner tells it (docs/projects.md, References). */
export interface WireRef {
  readonly kind: number;
  readonly handle?: number;
  readonly yours?: number;
}

/** What a method call or its answer says beside its value. */
export interface Details {
  readonly refs?: readonly WireRef[];
  readonly path?: readonly string[];
  readonly property?: boolean;
}

const NONE: Details = {};

export function parseDetails(json: string | undefined): Details {
  return json === undefined || json === "" ? NONE : (JSON.parse(json) as Details);
}
