import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { basename, join } from "node:path";
import { answer } from "../testing/behaviours.ts";
import { certificate, certificateFile } from "../testing/certificates.ts";
import { MisbehavingServer, type ReceivedRequest } from "../testing/misbehaving-server.ts";
import { RecordingLog } from "../testing/recording-log.ts";
import { ScratchFolder } from "../testing/scratch-folder.ts";
import { WatchfulClock } from "../testing/watchful-clock.ts";
import { KubeTransport } from "../transport/kube-transport.ts";
import { kubeconfigConnection } from "./kubeconfig.ts";
import { type ClusterConnection } from "./types.ts";

let folder: ScratchFolder;
let clock: WatchfulClock;
let log: RecordingLog;
let server: MisbehavingServer;

// Loading client-node takes seconds on a busy machine; no single test should have to pay for it.
beforeAll(() => import("./kubeconfig-loader.ts"), 60_000);

beforeEach(async () => {
  folder = await ScratchFolder.create();
  clock = new WatchfulClock();
  log = new RecordingLog();
  server = await MisbehavingServer.startTls({
    cert: certificate("server"),
    key: certificate("server.key"),
    ca: certificate("ca"),
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.onList(answer(200, { ok: true }));
});

afterEach(async () => {
  await server.close();
  await folder.remove();
});

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly top?: object;
}

/** A complete kubeconfig (JSON is YAML), with parts replaced. */
function kubeconfig({ cluster, user, context, top }: Parts = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "lab",
    clusters: [
      {
        name: "lab",
        cluster: { server: server.url.href, "certificate-authority": certificateFile("ca"), ...cluster },
      },
    ],
    users: [{ name: "me", user: { ...user } }],
    contexts: [{ name: "lab", context: { cluster: "lab", user: "me", ...context } }],
    ...top,
  });
}

function open(...files: readonly string[]): Promise<ClusterConnection> {
  return kubeconfigConnection({ files }, { clock, log });
}

async function openWith(parts: Parts): Promise<ClusterConnection> {
  return open(await folder.write("config", kubeconfig(parts)));
}

/** Makes one request and gives it as the server saw it. */
async function arrive(connection: ClusterConnection): Promise<ReceivedRequest | undefined> {
  const transport = new KubeTransport(connection, { clock });
  try {
    await transport.request({ method: "GET", path: "/api" });
    return server.requests.at(-1);
  } finally {
    transport.close();
  }
}

describe("a kubeconfig", () => {
  test("gives server, namespace and origin of its current context", async () => {
    const connection = await openWith({ context: { namespace: "prod" } });
    expect(connection).toMatchObject({
      namespace: "prod",
      origin: `kubeconfig ${join(folder.path, "config")} (context lab)`,
    });
    expect(connection.server.href).toBe(server.url.href);
  });

  test("logs in by token", async () => {
    expect((await arrive(await openWith({ user: { token: "abc" } })))?.headers.authorization).toBe(
      "Bearer abc",
    );
  });

  test("logs in by name and password", async () => {
    const seen = await arrive(await openWith({ user: { username: "me", password: "pass" } }));
    expect(seen?.headers.authorization).toBe(`Basic ${Buffer.from("me:pass").toString("base64")}`);
  });

  test("impersonates", async () => {
    expect(
      (await arrive(await openWith({ user: { token: "t", as: "jane" } })))?.headers["impersonate-user"],
    ).toBe("jane");
  });

  test("logs in by client certificate, from data and from files beside it", async () => {
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const data = {
      "client-certificate-data": base64(certificate("client-a")),
      "client-key-data": base64(certificate("client-a.key")),
    };
    expect((await arrive(await openWith({ user: data })))?.client).toBe("client a");
    const cert = await folder.write("b.pem", certificate("client-b"));
    const key = await folder.write("b.key", certificate("client-b.key"));
    const files = { "client-certificate": basename(cert), "client-key": basename(key) };
    expect((await arrive(await openWith({ user: files })))?.client).toBe("client b");
  });

  test("presents a client certificate that was renewed on the next connection", async () => {
    const cert = await folder.write("x.pem", certificate("client-a"));
    const key = await folder.write("x.key", certificate("client-a.key"));
    const connection = await openWith({ user: { "client-certificate": cert, "client-key": key } });
    const transport = new KubeTransport(connection, { clock });
    await transport.request({ method: "GET", path: "/api" });
    await folder.write("x.pem", certificate("client-b"));
    await folder.write("x.key", certificate("client-b.key"));
    clock.advance(60_000);
    await transport.request({ method: "GET", path: "/api" });
    transport.close();
    expect(server.requests.map(({ client }) => client)).toEqual(["client a", "client b"]);
  });

  test("runs a login plugin, once a minute at most", async () => {
    const runs = join(folder.path, "runs");
    const script = `require("fs").appendFileSync(${JSON.stringify(runs)}, "x");
      console.log(JSON.stringify({ kind: "ExecCredential", status: { token: "token" + require("fs").statSync(${JSON.stringify(runs)}).size } }));`;
    const connection = await openWith({
      user: { exec: { command: process.execPath, args: ["-e", script], apiVersion: "x" } },
    });
    expect((await arrive(connection))?.headers.authorization).toBe("Bearer token1");
    expect((await arrive(connection))?.headers.authorization).toBe("Bearer token1");
    clock.advance(60_000);
    expect((await arrive(connection))?.headers.authorization).toBe("Bearer token2");
  });

  test("checks the certificate against tls-server-name where one is given", async () => {
    expect(
      await arrive(await openWith({ cluster: { "tls-server-name": "api.test.example" } })),
    ).toBeDefined();
    await expect(
      arrive(await openWith({ cluster: { "tls-server-name": "other.example" } })),
    ).rejects.toMatchObject({
      code: "certificate",
      verdict: "later",
    });
  });

  test("refuses a server that another authority signed, unless told not to look", async () => {
    const other = { "certificate-authority": certificateFile("other-ca") };
    await expect(arrive(await openWith({ cluster: other }))).rejects.toMatchObject({ code: "certificate" });
    const blind = { "certificate-authority": undefined, "insecure-skip-tls-verify": true };
    expect(await arrive(await openWith({ cluster: blind }))).toBeDefined();
  });

  test("works over plain http, which has no certificate to check", async () => {
    await server.close();
    server = await MisbehavingServer.start();
    server.onList(answer(200, {}));
    expect(await arrive(await openWith({ cluster: { server: server.url.href } }))).toBeDefined();
  });

  test("without a user is anonymous, and still checks the server", async () => {
    const seen = await arrive(await openWith({ context: { user: undefined } }));
    expect(seen?.headers.authorization).toBeUndefined();
  });

  test("dials through its proxy, and keeps the connection", async () => {
    const proxy = await startProxy();
    const connection = await openWith({ cluster: { "proxy-url": proxy.url } });
    const transport = new KubeTransport(connection, { clock });
    for (let count = 0; count < 3; count += 1) await transport.request({ method: "GET", path: "/api" });
    transport.close();
    await proxy.close();
    expect(proxy.targets).toEqual([`127.0.0.1:${server.port}`]);
  });
});

describe("several kubeconfig files", () => {
  test("are merged: the first that says something counts", async () => {
    const first = await folder.write(
      "1",
      JSON.stringify({ contexts: [{ name: "lab", context: { cluster: "lab", user: "me" } }] }),
    );
    const second = await folder.write(
      "2",
      kubeconfig({ user: { token: "second" }, context: { user: "nobody" } }),
    );
    const third = await folder.write(
      "3",
      kubeconfig({ user: { token: "third" }, top: { "current-context": "other" } }),
    );
    expect((await arrive(await open(first, second, third)))?.headers.authorization).toBe("Bearer second");
  });

  test("may be missing as long as one is there", async () => {
    const there = await folder.write("there", kubeconfig({ user: { token: "t" } }));
    expect(await arrive(await open("/nonexistent/config", there))).toBeDefined();
    await expect(open("/nonexistent/1", "/nonexistent/2")).rejects.toThrow(
      "kubeconfig /nonexistent/1, /nonexistent/2: none of these files exists",
    );
  });
});

describe("a kubeconfig that leads nowhere is refused by file and field", () => {
  const rows: Record<string, [Parts | string, string]> = {
    "no YAML": ["{", ": unexpected end of the stream within a flow collection (2:1)"],
    "an empty file": ["", "not a kubeconfig: expected a mapping with clusters, users and contexts"],
    "no current context": [{ top: { "current-context": "" } }, "current-context is not set"],
    "an unknown context": [
      { top: { "current-context": "x" } },
      'current-context names "x", which is not defined (defined: "lab")',
    ],
    "no contexts": [
      { top: { contexts: [] } },
      'current-context names "lab", which is not defined (defined: none)',
    ],
    "an unknown cluster": [
      { context: { cluster: "x" } },
      'contexts["lab"].context.cluster names "x", which is not defined',
    ],
    "an unknown user": [
      { context: { user: "x" } },
      'contexts["lab"].context.user names "x", which is not defined',
    ],
    "no server": [{ cluster: { server: undefined } }, "clusters[0].cluster.server is missing"],
    "a server that is no URL": [
      { cluster: { server: "lab:6443/ x" } },
      'clusters["lab"].cluster.server "lab:6443/ x"',
    ],
    "a server of another scheme": [
      { cluster: { server: "ftp://lab" } },
      'cluster.server "ftp://lab" must start with https:// or http://',
    ],
    "CA data that is no PEM": [
      { cluster: { "certificate-authority-data": "aGVsbG8=" } },
      'clusters["lab"].cluster.certificate-authority-data is not base64 of a PEM text',
    ],
    "certificate data that is no PEM": [
      { user: { "client-certificate-data": "!" } },
      'users["me"].user.client-certificate-data is not base64 of a PEM text',
    ],
    "key data that is no PEM": [
      { user: { "client-key-data": "!" } },
      'users["me"].user.client-key-data is not base64 of a PEM text',
    ],
    "a CA file that is missing": [
      { cluster: { "certificate-authority": "gone.pem" } },
      'login as user "me" to cluster "lab": ENOENT',
    ],
    "a token file": [{ user: { tokenFile: "/x" } }, "users[].user.tokenFile is not supported"],
    "a plugin that fails": [
      {
        user: {
          exec: { command: process.execPath, args: ["-e", "console.error('no ticket'); process.exit(3)"] },
        },
      },
      'login as user "me" to cluster "lab": no ticket',
    ],
    "a plugin that is not installed": [
      { user: { exec: { command: "/nonexistent/login" } } },
      'login as user "me" to cluster "lab": spawn /nonexistent/login ENOENT',
    ],
  };

  test.each(Object.entries(rows))("%s", async (_name, [content, message]) => {
    const file = await folder.write("config", typeof content === "string" ? content : kubeconfig(content));
    const error: unknown = await open(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration", verdict: "never" });
    expect((error as Error).message).toContain(`kubeconfig ${file}: `);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("\n");
  });

  test("a file that is missing", async () => {
    await expect(open("/nonexistent/config")).rejects.toThrow(
      "kubeconfig /nonexistent/config: ENOENT: no such file or directory",
    );
  });
});

interface Proxy {
  readonly url: string;
  readonly targets: readonly string[];
  close(): Promise<void>;
}

/** An HTTP proxy that knows CONNECT only. */
async function startProxy(): Promise<Proxy> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const proxy: Server = createServer();
  proxy.on("connect", (request, client: Socket) => {
    targets.push(request.url ?? "");
    const [host, port] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    targets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => proxy.close(() => resolve()));
    },
  };
}
