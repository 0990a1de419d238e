import { type JsonObject } from "@steelyard/model/foundation";
import { type Fields } from "../fields.ts";
import { type ForeignObject } from "../foreign-object.ts";
import { seconds } from "../metallb-objects.ts";

/** The keys under which a timer stands, which both forms of the configuration share. */
export function readTimers(timers: Fields | undefined): JsonObject {
  return {
    holdTime: seconds(timers?.number("holdTimeSeconds")),
    keepaliveTime: seconds(timers?.number("keepAliveTimeSeconds")),
    connectTime: seconds(timers?.number("connectRetryTimeSeconds")),
  };
}

export function readGracefulRestart(fields: Fields | undefined): boolean | undefined {
  if (fields === undefined) return undefined;
  fields.drop("restartTimeSeconds", "routers keep the routes for 120 s");
  const isEnabled = fields.flag("enabled");
  fields.end();
  return isEnabled;
}

/** Cilium looks for the Secret in a namespace of its own and takes any type. */
export function readSecret(name: string | undefined, from: ForeignObject): JsonObject | undefined {
  if (name === undefined) return undefined;
  from.hint(
    `make a Secret ${name} of type kubernetes.io/basic-auth, with the key password, in the namespace of the BGPPeer: Cilium's is in another one`,
  );
  return { name };
}

/** Without a list Cilium speaks both families on a session. */
export function speaksBothFamilies(families: readonly Fields[]): boolean {
  const afis = families.map((family) => {
    const safi = family.text("safi");
    if (safi !== undefined && safi !== "unicast") family.lose("safi", `routes are unicast here, not ${safi}`);
    return family.text("afi");
  });
  return families.length === 0 || (afis.includes("ipv4") && afis.includes("ipv6"));
}
