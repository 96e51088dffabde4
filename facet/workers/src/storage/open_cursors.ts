import { native } from "../native.ts";

/**
 * Cursors that were started and not read to their end. One that an application
 * has dropped would keep its table locked (fact S19), so the dropped ones are
 * closed when there are many, and before a statement that they could block.
 */
const open = new Map<number, WeakRef<object>>();
const MANY = 64;
const BLOCKED = /\b(?:drop|alter)\b/i;

export function track(id: number, cursor: object): void {
  open.set(id, new WeakRef(cursor));
}

export function untrack(id: number): void {
  open.delete(id);
}

/** Called before a statement starts. */
export function closeDropped(sql: string): void {
  if (open.size === 0 || (open.size < MANY && !BLOCKED.test(sql))) return;
  for (const [id, ref] of open) {
    if (ref.deref() !== undefined) continue;
    open.delete(id);
    native.sqlClose(id);
  }
}
