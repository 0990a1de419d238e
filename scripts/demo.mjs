// `npm run demo [-- --keep]`: the story told by e2e/demo.

import { runSandboxed } from "./sandboxed.mjs";

runSandboxed("demo");
