// In place of polyfills for what every facet has.
export {};
