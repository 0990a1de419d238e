import { type JsonObject } from "../json.ts";

/** What `/version` says: the API is that of Kubernetes 1.36, the server is ours. */
export const serverVersion: JsonObject = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.0+steelyard-e2e",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "none",
  platform: "linux/amd64",
};
