import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findKubeBinary, whyNoKubeBinaries } from "../cluster/kube/binaries.ts";
import { type ClusterNode } from "./cluster-node.ts";
import { Program } from "./program.ts";

/** Why the genuine kube-proxy cannot run here, or undefined when it can. */
export function whyNoKubeProxy(): string | undefined {
  return whyNoKubeBinaries(["etcd", "kube-apiserver", "kube-proxy"]);
}

/** A genuine kube-proxy in nftables mode on one node, in place of our own rules for the Service data path. */
export class KubeProxy {
  private readonly program: Program;
  private readonly folder: string;

  private constructor(program: Program, folder: string) {
    this.program = program;
    this.folder = folder;
  }

  static start(node: ClusterNode, kubeconfigPath: string): KubeProxy {
    const folder = mkdtempSync(join(tmpdir(), "kube-proxy-"));
    const configuration = join(folder, "configuration.json");
    writeFileSync(configuration, JSON.stringify(proxyConfiguration(node.name, kubeconfigPath)));
    const binary = findKubeBinary("kube-proxy") ?? "kube-proxy";
    return new KubeProxy(
      new Program(`kube-proxy ${node.name}`, node.host.spawn(binary, ["--config", configuration])),
      folder,
    );
  }

  get name(): string {
    return this.program.name;
  }

  transcript(): string {
    return this.program.transcript();
  }

  async stop(): Promise<void> {
    await this.program.stop();
    rmSync(this.folder, { recursive: true });
  }
}

function proxyConfiguration(nodeName: string, kubeconfigPath: string): Readonly<Record<string, unknown>> {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    hostnameOverride: nodeName,
    clusterCIDR: "10.244.0.0/16,fd00:244::/32",
    clientConnection: {
      kubeconfig: kubeconfigPath,
      contentType: "application/json",
      acceptContentTypes: "application/json",
    },
    // A namespace may not size the machine's connection table.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    // Every node has a network of its own, so the usual ports are free.
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
  };
}
