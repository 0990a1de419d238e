import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chartFolder, findHelm } from "../chart/helm.ts";
import { command } from "../topology/command.ts";
import { systemNamespace } from "../topology/objects.ts";

/** Real Helm with the chart of this repository, as a user has it. */
export class Helm {
  readonly #kubeconfigPath: string;
  readonly #home = mkdtempSync(join(tmpdir(), "steelyard-helm-"));

  constructor(kubeconfigPath: string) {
    this.#kubeconfigPath = kubeconfigPath;
  }

  /** Resolves when Helm has printed its notes, which it returns; waits for no Pod. */
  install(release: string, values: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#run(["install", release, chartFolder, "--create-namespace", "-f", "-"], values);
  }

  upgrade(release: string, values: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#run(["upgrade", release, chartFolder, "-f", "-"], values);
  }

  uninstall(release: string): Promise<string> {
    return this.#run(["uninstall", release, "--wait=false"]);
  }

  delete(): void {
    rmSync(this.#home, { recursive: true });
  }

  #run(args: readonly string[], values?: Readonly<Record<string, unknown>>): Promise<string> {
    const folders = ["CACHE", "CONFIG", "DATA"].map((name) => `HELM_${name}_HOME=${join(this.#home, name)}`);
    const place = ["--kubeconfig", this.#kubeconfigPath, "--namespace", systemNamespace];
    return command("env", [...folders, findHelm() ?? "helm", ...args, ...place], {
      timeoutMillis: 60_000,
      ...(values === undefined ? {} : { input: JSON.stringify(values) }),
    });
  }
}
