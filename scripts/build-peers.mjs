// Builds the genuine programs of others that the suites talk to, from Go modules, into .cache/peers/: a node of
// hashicorp/memberlist, and GoBGP. `npm test` runs it before the real-network suites; without Go, or without the modules and a
// network to get them, those suites are skipped and say so.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runGo } from "./go.mjs";
import { root } from "./process.mjs";

const PEERS = [
  { name: "memberlist-node", module: "e2e/peers/memberlist", target: "." },
  { name: "gobgpd", module: "e2e/peers/gobgp", target: "github.com/osrg/gobgp/v3/cmd/gobgpd" },
  { name: "gobgp", module: "e2e/peers/gobgp", target: "github.com/osrg/gobgp/v3/cmd/gobgp" },
];

const folder = join(root, ".cache", "peers");
mkdirSync(folder, { recursive: true });
for (const { name, module, target } of PEERS)
  runGo(name, ["-C", join(root, module), "build", "-trimpath", "-o", join(folder, name), target]);
