import { expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { ok } from "@steelyard/model/foundation";
import { ManualClock } from "@steelyard/model/testing";
import { ip } from "../../core/wire/testing/ip.ts";
import { type BgpConnections, type BgpListener } from "../../ports/bgp-connections.ts";
import { BgpListeners } from "./bgp-listeners.ts";
import { planPeer } from "./peer-plan.ts";
import { bgpPeer } from "./testing/bgp-peer.ts";
import { hostInterface } from "./testing/scripted-routers.ts";

const local = { address: ip("0.0.0.0"), port: 179 };

test("a VRF that goes takes its listener along, and gets another one when it comes back", async () => {
  const open: { readonly device: string | undefined }[] = [];
  let opened = 0;
  const connections: BgpConnections = {
    dial: () => {
      throw new Error("nobody dials here");
    },
    listen: (options) => {
      const listener: BgpListener = {
        local,
        setPeers: () => undefined,
        close: () => void open.splice(open.indexOf(options), 1),
      };
      open.push(options);
      opened += 1;
      return Promise.resolve(ok(listener));
    },
  };
  const listeners = new BgpListeners([local], {
    connections,
    clock: new ManualClock(),
    log: new RecordingLog(),
    accept: () => {
      throw new Error("nobody connects here");
    },
  });
  const look = async (...names: readonly string[]) => {
    const interfaces = names.map((name) => hostInterface(name));
    const around = { password: { kind: "none" }, interfaces, routerOn: () => undefined } as const;
    listeners.update([
      planPeer(bgpPeer(), around),
      planPeer(bgpPeer({ name: "in-vrf", vrf: "red" }), around),
    ]);
    await Promise.resolve();
    return open.map(({ device }) => device);
  };
  expect(await look("eth0", "red")).toEqual([undefined, "red"]);
  expect(await look("eth0")).toEqual([undefined]);
  expect(await look("eth0", "red")).toEqual([undefined, "red"]);
  expect(opened).toBe(3);
});
