import { hasOnlyRoot } from "./sandbox.ts";

/**
 * The command prefix that leaves an agent NET_RAW and nothing else, as its pod will have it: uid 65534 and the one ambient
 * capability. Where an ordinary user made the sandbox there is no other uid; root of that user namespace then loses every
 * other capability from its bounding set. `more`: what is granted besides, as setpriv(1) calls it.
 */
export function agentPrivileges(more: readonly string[] = []): [string, ...string[]] {
  const granted = ["-all", ...["net_raw", ...more].map((capability) => `+${capability}`)].join();
  const capabilities = ["--bounding-set", granted, "--inh-caps", granted, "--no-new-privs"];
  if (hasOnlyRoot()) return ["setpriv", ...capabilities];
  return [
    "setpriv",
    "--reuid",
    "65534",
    "--regid",
    "65534",
    "--clear-groups",
    ...capabilities,
    "--ambient-caps",
    granted,
  ];
}
