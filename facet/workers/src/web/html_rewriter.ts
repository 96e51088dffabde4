/** There is none here; who wants one is told so, and not that a name is unknown. */
export class HTMLRewriter {
  constructor() {
    throw new Error("HTMLRewriter is not provided by facetd: parse the HTML with a package that is bundled with the worker, such as htmlparser2 or linkedom.");
  }
}
