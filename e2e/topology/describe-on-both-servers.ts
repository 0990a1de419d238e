import { describe } from "@jest/globals";
import { whyNoKubeApiServer } from "../cluster/index.ts";
import { describeNetwork } from "./describe-network.ts";

/** A suite of real packets twice: on the embedded API server, and on the genuine one where its binaries are found. */
export function describeOnBothServers(name: string, body: (api: "embedded" | "genuine") => void): void {
  describeNetwork(`${name}, on the embedded API server`, () => body("embedded"));
  const why = whyNoKubeApiServer();
  const genuine = `${name}, on the genuine API server`;
  if (why === undefined) describeNetwork(genuine, () => body("genuine"));
  else describe.skip(`${genuine} [skipped: ${why}]`, () => body("genuine"));
}
