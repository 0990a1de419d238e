// `npm run bench`: the figures measured by e2e/bench.

import { runSandboxed } from "./sandboxed.mjs";
import { ensurePeers } from "./set-up.mjs";

ensurePeers();
runSandboxed("bench");
