using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "disk", disk = (writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [
    (name = "house.js", esModule = embed "house.js"),
    (name = "tenant.txt", text = embed "tenant.txt"),
  ],
  compatibilityDate = "2026-04-16",
  durableObjectNamespaces = [(className = "House", uniqueKey = "house", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [(name = "LOADER", workerLoader = (id = "loader"))],
);
