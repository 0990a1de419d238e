import { type ClusterConnection } from "../connection/types.ts";

/** A connection without credentials to a server of the test. */
export function plainConnection(server: URL): ClusterConnection {
  return {
    server,
    origin: "test",
    access: () => Promise.resolve({ headers: {}, channel: { tls: {}, identity: "plain" } }),
    forgetAccess: () => {},
  };
}
