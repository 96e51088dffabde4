/**
 * The bundler turns these modules into the source text of a function that takes
 * domainToASCII and returns the module's exports: as text, a library costs
 * nothing at start but its bytes.
 */
declare module "lazy:streams" {
  const source: string;
  export default source;
}
declare module "lazy:urlpattern" {
  const source: string;
  export default source;
}
declare module "lazy:url" {
  const source: string;
  export default source;
}
