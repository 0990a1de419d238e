import { hasOnlyRoot } from "./sandbox.ts";

/**
 * The command prefix that leaves an agent NET_RAW and nothing else, as its pod will have it: uid 65534 and the one ambient
 * capability. Where an ordinary user made the sandbox there is no other uid; root of that user namespace then loses every
 * other capability from its bounding set.
 */
export function agentPrivileges(): readonly string[] {
  const capabilities = ["--bounding-set", "-all,+net_raw", "--inh-caps", "-all,+net_raw", "--no-new-privs"];
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
    "-all,+net_raw",
  ];
}
