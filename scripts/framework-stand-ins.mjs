// An esbuild plugin: what the operator framework (@dot-i/k8s-operator) imports, it gets from us. Its base class would
// otherwise pull the whole Kubernetes client and an HTTP library into the operator, to call neither. Everybody else
// who imports these packages gets the real ones. See docs/adr/0006-framework-shell.md.

import { join } from "node:path";
import { root } from "./process.mjs";

const folder = join(root, "operator/src/adapters/kubernetes/framework-stand-ins");
const standIns = { "@kubernetes/client-node": "client-node.ts", gaxios: "gaxios.ts" };

/** @type {import("esbuild").Plugin} */
export const frameworkStandIns = {
  name: "framework-stand-ins",
  setup(build) {
    build.onResolve({ filter: /^(@kubernetes\/client-node|gaxios)$/ }, ({ path, importer }) =>
      importer.includes("@dot-i/k8s-operator") ? { path: join(folder, standIns[path]) } : undefined,
    );
  },
};
