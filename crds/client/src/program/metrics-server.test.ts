import { once } from "node:events";
import { type IncomingMessage } from "node:http";
import { request as openHttps } from "node:https";
import { connect, type SecureVersion, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { RecordingLog, ScratchFolder, WatchfulClock } from "../testing/index.ts";
import { type KubeRequest, type KubeResponse } from "../transport/kube-request.ts";
import { type HttpServer } from "./http-server.ts";
import { startMetricsServer } from "./metrics-server.ts";
import { type TlsSettings } from "./metrics-serving.ts";
import { selfSignedCertificate } from "./self-signed-certificate.ts";

const routes = { "/metrics": () => Promise.resolve({ status: 200, body: "a 1\n" }) };
const now = "2026-11-30T22:00:00Z";

/** Knows the token "good" alone, and lets it. */
const transport = {
  request: ({ body }: KubeRequest): Promise<KubeResponse> => {
    const { spec } = body as { readonly spec: { readonly token?: string } };
    const status =
      spec.token === undefined ? { allowed: true } : { authenticated: spec.token === "good", user: {} };
    return Promise.resolve({ status: 201, headers: {}, body: { status } });
  },
};

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly challenge: string | undefined;
}

async function ask(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const request = openHttps({
    port,
    path,
    headers,
    host: "127.0.0.1",
    rejectUnauthorized: false,
    agent: false,
  });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const chunks = (await response.toArray()) as readonly Buffer[];
  return {
    status: response.statusCode,
    body: Buffer.concat(chunks).toString(),
    challenge: response.headers["www-authenticate"],
  };
}

/** The common name of the certificate that is shown. */
async function shownBy(port: number, maxVersion: SecureVersion = "TLSv1.3"): Promise<unknown> {
  const socket: TLSSocket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, maxVersion });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerCertificate().subject.CN;
  } finally {
    socket.destroy();
  }
}

describe("startMetricsServer", () => {
  let clock: WatchfulClock;
  let log: RecordingLog;
  let folder: ScratchFolder;
  let server: HttpServer | undefined;

  beforeEach(async () => {
    clock = new WatchfulClock();
    log = new RecordingLog();
    folder = await ScratchFolder.create();
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    await folder.remove();
  });

  const start = async (secure: { tls: TlsSettings; certificateFolder: string | undefined } | undefined) => {
    const serving = { port: 0, secure, notices: [] };
    server = await startMetricsServer({ serving, routes }, { clock, log, transport });
    return server.port;
  };
  const tls = { minVersion: "TLSv1.3" } as const;

  const writePair = async (name: string): Promise<void> => {
    const pair = selfSignedCertificate(name, now);
    await folder.write("tls.crt", pair.cert);
    await folder.write("tls.key", pair.key);
  };

  test("is plain without --secure-metrics, on 127.0.0.1 alone, and says so", async () => {
    const port = await start(undefined);
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await answer.text()).toBe("a 1\n");
    await expect(fetch(`http://127.0.0.2:${port}/metrics`)).rejects.toThrow();
    expect(log.at("info")).toEqual([expect.stringContaining("127.0.0.1 only")]);
  });

  test("lets through who has a good token, and nobody else, whatever the path", async () => {
    const port = await start({ tls, certificateFolder: undefined });
    expect(await ask(port, "/metrics", { authorization: "Bearer good" })).toMatchObject({
      status: 200,
      body: "a 1\n",
    });
    expect(await ask(port, "/metrics", {})).toMatchObject({ status: 401, challenge: "Bearer" });
    expect(await ask(port, "/metrics", { authorization: "Bearer bad" })).toMatchObject({ status: 401 });
    expect(await ask(port, "/other", {})).toMatchObject({ status: 401 });
    expect(await ask(port, "/other", { authorization: "Bearer good" })).toMatchObject({ status: 404 });
  });

  test("speaks no HTTP without TLS, and listens on every address", async () => {
    const port = await start({ tls, certificateFolder: undefined });
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    const socket = connect({ port, host: "127.0.0.2", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    socket.destroy();
  });

  test("keeps to the lowest version", async () => {
    const port = await start({ tls, certificateFolder: undefined });
    await expect(shownBy(port, "TLSv1.2")).rejects.toThrow();
    await server?.close();
    const older = await start({ tls: { minVersion: "TLSv1.2" }, certificateFolder: undefined });
    expect(await shownBy(older, "TLSv1.2")).toBe("steelyard-metrics");
  });

  test("keeps to the suites", async () => {
    const ciphers = "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
    const port = await start({ tls: { minVersion: "TLSv1.2", ciphers }, certificateFolder: undefined });
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, maxVersion: "TLSv1.2" });
    await once(socket, "secureConnect");
    expect(socket.getCipher().name).toBe("ECDHE-ECDSA-AES256-GCM-SHA384");
    socket.destroy();
  });

  test("shows the certificate of the folder, and a new one within ten seconds", async () => {
    await writePair("first");
    const port = await start({ tls, certificateFolder: folder.path });
    expect(await shownBy(port)).toBe("first");
    await writePair("second");
    await clock.pass((delay) => delay === 10_000);
    // The next look is armed when this one has been acted upon.
    await clock.armed((delay) => delay === 10_000);
    expect(await shownBy(port)).toBe("second");
    await expect(shownBy(port, "TLSv1.2")).rejects.toThrow();
    expect(log.at("error")).toEqual([]);
  });

  test("a pair that does not fit changes nothing and is told once, a missing one has a stand-in", async () => {
    const port = await start({ tls, certificateFolder: folder.path });
    expect(await shownBy(port)).toBe("steelyard-metrics");
    await writePair("first");
    await clock.pass((delay) => delay === 10_000);
    await clock.armed((delay) => delay === 10_000);
    expect(await shownBy(port)).toBe("first");
    await folder.write("tls.key", selfSignedCertificate("other", now).key);
    for (let look = 0; look < 2; look++) {
      await clock.pass((delay) => delay === 10_000);
      await clock.armed((delay) => delay === 10_000);
    }
    expect(await shownBy(port)).toBe("first");
    expect(log.at("error")).toEqual([
      expect.stringMatching(/ENOENT.*tls\.(crt|key).*one made here is shown instead/),
      expect.stringMatching(/tls\.key is not the key of .*tls\.crt; the last good one is shown instead/),
    ]);
  });

  test("text that is no certificate is named", async () => {
    await folder.write("tls.crt", "x");
    await folder.write("tls.key", "y");
    await start({ tls, certificateFolder: folder.path });
    expect(log.at("error")).toEqual([expect.stringContaining("tls.crt cannot be read as PEM")]);
  });

  test("close stops the looks", async () => {
    await writePair("first");
    await start({ tls, certificateFolder: folder.path });
    await server?.close();
    server = undefined;
    clock.advance(10_000);
    expect(clock.pendingTimers).toBe(0);
  });
});
