import { describe, jest } from "@jest/globals";
import { whyNoHelm } from "../chart/helm.ts";
import { whyNoKubeBinaries } from "../cluster/kube/binaries.ts";
import { describeNetwork } from "../topology/describe-network.ts";
import { whyNoImage } from "../topology/image.ts";
import { type RouterKind } from "../topology/routers/router-config.ts";
import { whyNoRouter } from "../topology/routers/router-programs.ts";

/** `describe` for suites on the genuine stack, with these routers; skipped with the reason where a part of it is missing. */
export function describeKube(name: string, routers: readonly RouterKind[], body: () => void): void {
  const why =
    whyNoKubeBinaries(["etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy"]) ??
    whyNoHelm ??
    whyNoImage("operator") ??
    whyNoImage("speaker-agent") ??
    (routers.length === 0 ? undefined : whyNoRouter(...routers));
  if (why !== undefined) {
    describe.skip(`${name} [skipped: ${why}]`, body);
    return;
  }
  describeNetwork(name, body);
  jest.setTimeout(180_000);
}
