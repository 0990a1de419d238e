// `node scripts/capture-bgp.mjs [frr bird …]`: has the routers say everything they can say, and writes it to the fixtures of the
// BGP codec (speaker-agent/src/core/wire/bgp/fixtures).

import { runSandboxed } from "./sandboxed.mjs";

runSandboxed("capture-bgp");
