import"./chunks/chunk-Y5V6D4GA.js";var{performance}=globalThis,perf_hooks_default={performance};export{perf_hooks_default as default,performance};
