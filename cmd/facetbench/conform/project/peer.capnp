using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "disk", disk = (writable = true)),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "src/index.js"),
    (name = "callee.js", esModule = embed "src/callee.js"),
    (name = "show.js", esModule = embed "src/show.js"),
    (name = "facts.js", esModule = embed "src/facts.js"),
  ],
  compatibilityDate = "2026-04-16",
  compatibilityFlags = [],
  durableObjectNamespaces = [
    (className = "Subject", uniqueKey = "conform-subject", enableSql = true),
    (className = "Other", uniqueKey = "conform-other", enableSql = true),
    (className = "Waker", uniqueKey = "conform-waker", enableSql = true),
    (className = "Sleeper", uniqueKey = "conform-sleeper", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "OTHER", durableObjectNamespace = "Other"),
    (name = "LOADER", workerLoader = (id = "loader")),
    (name = "TEXT", text = "text"),
    (name = "JSON", json = "{\"list\": [1, null]}"),
  ],
);
