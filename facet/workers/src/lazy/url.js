export * from "whatwg-url/lib/url-state-machine.js";
