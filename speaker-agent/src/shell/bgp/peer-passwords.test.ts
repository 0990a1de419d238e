import { beforeEach, describe, expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { configurationState } from "@steelyard/model/config";
import { type PasswordSecret } from "../../ports/cluster-reader.ts";
import { PeerPasswords } from "./peer-passwords.ts";
import { bgpPeer } from "./testing/bgp-peer.ts";

const peer = bgpPeer({ password: { from: "secret", name: "pw" } });
const good: PasswordSecret = { type: "kubernetes.io/basic-auth", password: "s3cret" };

describe("PeerPasswords", () => {
  let log: RecordingLog;
  let passwords: PeerPasswords;
  beforeEach(() => {
    log = new RecordingLog();
    passwords = new PeerPasswords({ namespace: "metallb-system" }, { log });
  });

  function read(...secrets: readonly [string, PasswordSecret | undefined][]) {
    return passwords.of([peer], new Map(secrets)).get("tor");
  }

  function summary(): string {
    return configurationState(passwords.problems, "speaker").errorSummary;
  }

  test("none, or from the field", () => {
    expect(passwords.of([bgpPeer()], new Map()).get("tor")).toEqual({ kind: "none" });
    const plain = bgpPeer({ password: { from: "spec", text: "x" } });
    expect(passwords.of([plain], new Map()).get("tor")).toEqual({ kind: "known", text: "x" });
  });

  test("from a Secret, once it has been read", () => {
    expect(read()).toEqual({ kind: "unread", because: "its Secret pw has not been read yet" });
    expect(passwords.problems).toEqual([]);
    expect(read(["pw", good])).toEqual({ kind: "known", text: "s3cret" });
    expect(passwords.problems).toEqual([]);
  });

  test("an empty one is none, as in MetalLB", () => {
    expect(read(["pw", { ...good, password: "" }])).toEqual({ kind: "none" });
    expect(passwords.problems).toEqual([]);
  });

  test.each<[PasswordSecret | undefined, string]>([
    [
      undefined,
      'configuration error: parsing peer tor secret ref not found for peer config "metallb-system"/"tor"\n' +
        "failed to parse peer tor password secret",
    ],
    [
      { ...good, type: "Opaque" },
      'configuration error: parsing peer tor secret type mismatch on "metallb-system"/"pw", type ' +
        '"kubernetes.io/basic-auth" is expected \nfailed to parse peer tor password secret',
    ],
    [
      { ...good, password: undefined },
      'configuration error: parsing peer tor password not specified in the secret "metallb-system"/"pw"\n' +
        "failed to parse peer tor password secret",
    ],
    [
      { type: "", password: undefined, refusal: "HTTP 403" },
      'configuration error: parsing peer tor secret "metallb-system"/"pw" cannot be read\n' +
        "failed to parse peer tor password secret",
    ],
  ])("%j is told in MetalLB's words, and in the log once", (secret, words) => {
    expect(read(["pw", secret])?.kind).toBe("missing");
    read(["pw", secret]);
    expect(summary()).toBe(words);
    expect(log.at("warn")).toHaveLength(1);
  });

  test("what was read last stays good while the Secret is not", () => {
    read(["pw", good]);
    expect(read(["pw", undefined])).toEqual({ kind: "known", text: "s3cret" });
    expect(summary()).toContain("secret ref not found");
    expect(read(["pw", { ...good, password: "new" }])).toEqual({ kind: "known", text: "new" });
    expect(summary()).toBe("");
    expect(log.at("info")).toEqual(["the password of this peer has come"]);
  });

  test("… also while the peer names another one that is not there, or the field has given way to a Secret", () => {
    const renamed = bgpPeer({ password: { from: "secret", name: "other" } });
    read(["pw", good]);
    const kept = { kind: "known", text: "s3cret" };
    expect(passwords.of([renamed], new Map()).get("tor")).toEqual(kept);
    expect(passwords.of([renamed], new Map([["other", undefined]])).get("tor")).toEqual(kept);
    expect(summary()).toContain("secret ref not found");
    passwords.of([bgpPeer({ password: { from: "spec", text: "x" } })], new Map());
    expect(read(["pw", undefined])).toEqual({ kind: "known", text: "x" });
  });

  test("the log says that a password has come only when it has", () => {
    read(["pw", undefined]);
    read(["pw", { ...good, type: "Opaque" }]);
    passwords.of([bgpPeer()], new Map());
    read(["pw", undefined]);
    passwords.of([], new Map());
    expect(log.at("info")).toEqual([]);
    expect(log.at("warn")).toHaveLength(3);
  });

  test("… and is forgotten with the peer", () => {
    read(["pw", good]);
    passwords.of([], new Map());
    expect(read(["pw", undefined])?.kind).toBe("missing");
  });
});
