// Builds Helm from its Go module into .cache/helm/helm: what users install the chart with renders it in the suites too. `npm test`
// runs it before the cluster suites; without Go, or without the module and a network to get it, the suites that need it are
// skipped and say so.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runGo } from "./go.mjs";
import { root } from "./process.mjs";

const HELM = "v3.22.0";
const KUBERNETES = { Major: "1", Minor: "36" };

// Without these `helm template` takes itself for one of Kubernetes 1.20, which the chart refuses.
const ldflags = ["chartutil", "lint/rules"]
  .flatMap((name) =>
    Object.entries(KUBERNETES).map(
      ([part, value]) => `-X helm.sh/helm/v3/pkg/${name}.k8sVersion${part}=${value}`,
    ),
  )
  .join(" ");

const folder = join(root, ".cache", "helm");
const program = join(folder, "helm");
const stamp = join(folder, "built-from");
const wanted = `helm.sh/helm/v3/cmd/helm@${HELM} ${ldflags}`;

if (!existsSync(program) || !existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) build();

function build() {
  mkdirSync(folder, { recursive: true });
  const args = ["install", "-trimpath", `-ldflags=-s -w ${ldflags}`, `helm.sh/helm/v3/cmd/helm@${HELM}`];
  if (runGo("helm", args, { GOBIN: folder })) writeFileSync(stamp, wanted);
}
