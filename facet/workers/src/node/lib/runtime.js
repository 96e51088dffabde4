// What a worker's bundler has under this name; for libraries that require() it.
export { runtimeModule } from "facetd:runtime";
