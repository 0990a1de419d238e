// What the framework's base class asks of @kubernetes/client-node in its constructor, and nothing more. The bundle
// gives it this in place of the real package (scripts/framework-stand-ins.mjs): the real one costs 15 to 60 MB and
// would never be called, because all requests go through @steelyard/client. See docs/adr/0006-framework-shell.md.

export class CoreV1Api {}

/** The base class loads a kubeconfig before anybody can tell it which; ours is loaded by `loadConnection`. */
export class KubeConfig {
  loadFromDefault(): void {}

  makeApiClient<T>(api: new () => T): T {
    return new api();
  }
}
