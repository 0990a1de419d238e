import { describe, expect, test } from "@jest/globals";
import { channelOf } from "../connection/channel.ts";
import { certificate } from "../testing/certificates.ts";
import { ConnectionPool } from "./connection-pool.ts";

describe("ConnectionPool", () => {
  test("keeps one agent as long as the channel's identity stays", () => {
    const pool = new ConnectionPool();
    const [one, two] = [certificate("ca"), certificate("other-ca")];
    const agent = pool.agentFor(channelOf({ ca: one }), true);
    expect(pool.agentFor(channelOf({ ca: one }), true)).toBe(agent);
    expect(pool.agentFor(channelOf({ ca: two }), true)).not.toBe(agent);
    pool.close();
  });

  test("passes the TLS material on, keeps connections alive and allows nothing older than TLS 1.2", () => {
    const pool = new ConnectionPool();
    const material = {
      ca: certificate("ca"),
      cert: certificate("client-a"),
      key: certificate("client-a.key"),
    };
    const tls = { ...material, servername: "s", rejectUnauthorized: false };
    expect(pool.agentFor(channelOf(tls), true)).toMatchObject({
      options: { ...tls, keepAlive: true, minVersion: "TLSv1.2" },
    });
    pool.close();
  });

  test("reads the certificates once, and not for each connection", () => {
    const pool = new ConnectionPool();
    const agent = pool.agentFor(channelOf({ ca: certificate("ca") }), true);
    expect(agent).toMatchObject({ options: { secureContext: expect.anything() as unknown } });
    pool.close();
  });

  test("identities tell apart what only looks alike when joined", () => {
    const identities = [
      channelOf({ ca: "ab" }),
      channelOf({ ca: "a", cert: "b" }),
      channelOf({ cert: "ab" }),
      channelOf({ ca: "ab", rejectUnauthorized: false }),
      channelOf({ ca: "ab", servername: "x" }),
    ].map(({ identity }) => identity);
    expect(new Set(identities).size).toBe(identities.length);
  });
});
