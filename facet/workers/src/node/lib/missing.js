// A function of a module of Node.js that is not here: it says so when it is called.
export function missing(module, name) {
  return function () {
    throw Object.assign(new Error(`${module}: ${name}() is not provided by facetd`), { code: "ERR_METHOD_NOT_IMPLEMENTED" });
  };
}
