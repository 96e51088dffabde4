/**
 * The symbols of explicit resource management, which the engine may not have yet.
 * Imported first: classes name their disposers when they are defined.
 */
for (const name of ["dispose", "asyncDispose"]) {
  if (!(name in Symbol)) Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
}
