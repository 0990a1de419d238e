import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { answer, refuse } from "../testing/behaviours.ts";
import { certificate } from "../testing/certificates.ts";
import { MisbehavingServer, type Behaviour } from "../testing/misbehaving-server.ts";
import { RecordingLog } from "../testing/recording-log.ts";
import { ScratchFolder } from "../testing/scratch-folder.ts";
import { WatchfulClock } from "../testing/watchful-clock.ts";
import { KubeTransport } from "../transport/kube-transport.ts";
import { inClusterConnection } from "./in-cluster.ts";
import { type ClusterConnection } from "./types.ts";

let folder: ScratchFolder;
let clock: WatchfulClock;
let log: RecordingLog;

beforeEach(async () => {
  folder = await ScratchFolder.create();
  clock = new WatchfulClock();
  log = new RecordingLog();
  await folder.write("token", "first\n");
  await folder.write("ca.crt", certificate("ca"));
});

afterEach(() => folder.remove());

function connect(host = "127.0.0.1", port = "6443"): Promise<ClusterConnection> {
  const environment = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
  return inClusterConnection({ environment, folder: folder.path }, { clock, log });
}

async function tokenOf(connection: ClusterConnection): Promise<string | undefined> {
  return (await connection.access()).headers["authorization"];
}

describe("the service account of a pod", () => {
  test("reaches the API server that the environment names", async () => {
    await folder.write("namespace", "metallb-system\n");
    const connection = await connect();
    expect(connection).toMatchObject({ namespace: "metallb-system", origin: "in-cluster service account" });
    expect(connection.server.href).toBe("https://127.0.0.1:6443/");
    expect((await connect("fd00::1")).server.href).toBe("https://[fd00::1]:6443/");
  });

  test("is believed by a real TLS server, and believes it by the mounted CA", async () => {
    const server = await MisbehavingServer.startTls({
      cert: certificate("server"),
      key: certificate("server.key"),
    });
    const transport = new KubeTransport(await connect("127.0.0.1", String(server.port)), { clock });
    const guarded: Behaviour = (response, { headers }) =>
      (headers.authorization === "Bearer second" ? answer(200, { ok: true }) : refuse(401, "Unauthorized"))(
        response,
        {} as never,
      );
    server.onList(guarded);
    await folder.write("token", "second");
    // The kept token is refused, the file holds a newer one: no minute has to pass.
    expect((await transport.request({ method: "GET", path: "/api" })).body).toEqual({ ok: true });
    transport.close();
    await server.close();
  });

  test("has its token read again after a minute, not at each request", async () => {
    const connection = await connect();
    await folder.write("token", "second");
    clock.advance(59_999);
    expect(await tokenOf(connection)).toBe("Bearer first");
    clock.advance(1);
    expect(await tokenOf(connection)).toBe("Bearer second");
  });

  test("has its token read again at once when the server refused it", async () => {
    const connection = await connect();
    await folder.write("token", "second");
    connection.forgetAccess();
    expect(await tokenOf(connection)).toBe("Bearer second");
  });

  test("keeps the last token while the file is missing, and says so", async () => {
    const connection = await connect();
    await rm(join(folder.path, "token"));
    clock.advance(60_000);
    expect(await tokenOf(connection)).toBe("Bearer first");
    expect(log.at("warn")).toHaveLength(1);
    await folder.write("token", "second");
    clock.advance(60_000);
    expect(await tokenOf(connection)).toBe("Bearer second");
  });

  test("makes new connections when the CA is replaced, and only then", async () => {
    const connection = await connect();
    const { identity } = (await connection.access()).channel;
    clock.advance(60_000);
    expect((await connection.access()).channel.identity).toBe(identity);
    await folder.write("ca.crt", certificate("other-ca"));
    clock.advance(60_000);
    expect((await connection.access()).channel.identity).not.toBe(identity);
  });
});

describe("a mount that cannot be used is named in the error", () => {
  test("no token", async () => {
    await rm(join(folder.path, "token"));
    await expect(connect()).rejects.toMatchObject({
      code: "configuration",
      message: expect.stringContaining(`service account file ${join(folder.path, "token")}: ENOENT`),
    });
  });

  test("an empty token", async () => {
    await folder.write("token", " \n");
    await expect(connect()).rejects.toThrow(`${join(folder.path, "token")}: the file is empty`);
  });

  test("a CA that is not PEM", async () => {
    await folder.write("ca.crt", "hello");
    await expect(connect()).rejects.toThrow(`${join(folder.path, "ca.crt")}: no PEM certificate in it`);
  });

  test("an environment that gives no address", async () => {
    await expect(connect("127.0.0.1", "tcp://1")).rejects.toThrow(
      'KUBERNETES_SERVICE_PORT "tcp://1" give no address',
    );
    await expect(connect("a b")).rejects.toThrow('KUBERNETES_SERVICE_HOST "a b"');
  });
});
