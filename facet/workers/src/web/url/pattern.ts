import source from "lazy:urlpattern";
import { evaluateLibrary } from "../../lazy/evaluate.ts";

/** URLPattern (urlpattern.spec.whatwg.org), from a library of 17 kB that is evaluated at first use. */
export function urlPattern(): unknown {
  return evaluateLibrary<{ URLPattern: unknown }>(source, "facetd:urlpattern").URLPattern;
}
