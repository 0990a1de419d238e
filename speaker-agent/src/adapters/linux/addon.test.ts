import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { describeWithAddon } from "./testing/namespaces.ts";

const nothing = () => undefined;
const receiver = () => ({
  slab: new Uint8Array(64 * 4),
  lengths: new Uint32Array(4),
  onBatch: nothing,
  onError: nothing,
});
const netlink = () => ({ protocol: 0, groups: new Uint32Array(0), receiveBufferBytes: 4096, ...receiver() });
const accept = Uint32Array.of(6, 0, 0, 65535);
const UDP = [2, 2] as const;
const TCP = [2, 1] as const;
const packet = () => ({ interfaceIndex: 1, etherType: 0x0806, filter: accept, ...receiver() });

describe("loading the addon", () => {
  test("says in one sentence where it looked when the addon is missing", () => {
    const entry = "file:///nowhere/netio-worker.mjs";
    const bundled = execFileSync(process.execPath, ["--input-type=module", "-e", loaderAsBundled(entry)], {
      encoding: "utf8",
    });
    expect(bundled).toMatch(
      /^The native addon steelyard\.node is missing: looked for \/nowhere\/steelyard\.node; run `npm run build`\.$/,
    );
  });
});

/** The loader as a bundle runs it: from a place that is not the source tree. */
function loaderAsBundled(entry: string): string {
  const esbuild = JSON.stringify(import.meta.resolve("esbuild"));
  const source = JSON.stringify(new URL("./addon.ts", import.meta.url).pathname);
  return `
    const { build } = await import(${esbuild});
    const { outputFiles } = await build({ entryPoints: [${source}], bundle: true, write: false, format: "esm", platform: "node" });
    const { loadAddon } = await import("data:text/javascript," + encodeURIComponent(outputFiles[0].text));
    try { loadAddon(${JSON.stringify(entry)}); } catch (error) { process.stdout.write(error.message); }
  `;
}

describeWithAddon("the arguments of the addon", (addon) => {
  const wrong: [string, () => unknown, string][] = [
    [
      "no options",
      () => addon.openPacketSocket(undefined as never),
      "openPacketSocket: options must be an object",
    ],
    [
      "too few arguments",
      () => (addon.openPacketSocket as unknown as () => void)(),
      "openPacketSocket: expected 1 arguments, got 0",
    ],
    [
      "interface index 0",
      () => addon.openPacketSocket({ ...packet(), interfaceIndex: 0 }),
      "openPacketSocket: interfaceIndex must be an integer from 1 to 2147483647",
    ],
    [
      "a fraction",
      () => addon.openPacketSocket({ ...packet(), interfaceIndex: 1.5 }),
      "openPacketSocket: interfaceIndex must be an integer from 1 to 2147483647",
    ],
    [
      "not a number",
      () => addon.openPacketSocket({ ...packet(), interfaceIndex: Number.NaN }),
      "openPacketSocket: interfaceIndex must be an integer from 1 to 2147483647",
    ],
    [
      "an EtherType that is a length",
      () => addon.openPacketSocket({ ...packet(), etherType: 3 }),
      "openPacketSocket: etherType must be an integer from 1536 to 65535",
    ],
    [
      "a filter of another type",
      () => addon.openPacketSocket({ ...packet(), filter: new Uint8Array(4) as never }),
      "openPacketSocket: filter must be a Uint32Array",
    ],
    [
      "an empty filter",
      () => addon.openPacketSocket({ ...packet(), filter: new Uint32Array(0) }),
      "openPacketSocket: filter must be four words per instruction and at least one instruction",
    ],
    [
      "half an instruction",
      () => addon.openPacketSocket({ ...packet(), filter: new Uint32Array(6) }),
      "openPacketSocket: filter must be four words per instruction and at least one instruction",
    ],
    [
      "a jump that does not fit",
      () => addon.openPacketSocket({ ...packet(), filter: Uint32Array.of(6, 256, 0, 0) }),
      "openPacketSocket: filter must be made of instructions with a 16-bit code and 8-bit jumps",
    ],
    [
      "no listener",
      () => addon.openNetlinkSocket({ ...netlink(), onBatch: undefined as never }),
      "openNetlinkSocket: onBatch must be a function",
    ],
    [
      "no error listener",
      () => addon.openNetlinkSocket({ ...netlink(), onError: 7 as never }),
      "openNetlinkSocket: onError must be a function",
    ],
    [
      "too many slots",
      () => addon.openNetlinkSocket({ ...netlink(), lengths: new Uint32Array(65) }),
      "openNetlinkSocket: lengths must be a Uint32Array with 1 to 64 elements, one per slot of the slab",
    ],
    [
      "slots of unequal size",
      () => addon.openNetlinkSocket({ ...netlink(), slab: new Uint8Array(257) }),
      "openNetlinkSocket: slab must be as many slots of equal size, 64 bytes to 1 MiB, as lengths has elements",
    ],
    [
      "slots that are too small",
      () => addon.openNetlinkSocket({ ...netlink(), slab: new Uint8Array(4 * 63) }),
      "openNetlinkSocket: slab must be as many slots of equal size, 64 bytes to 1 MiB, as lengths has elements",
    ],
    [
      "an unknown protocol",
      () => addon.openNetlinkSocket({ ...netlink(), protocol: 32 }),
      "openNetlinkSocket: protocol must be an integer from 0 to 31",
    ],
    [
      "groups as a list",
      () => addon.openNetlinkSocket({ ...netlink(), groups: [1] as never }),
      "openNetlinkSocket: groups must be a Uint32Array",
    ],
    ["a foreign object", () => addon.close({} as never), "close: socket must be a socket this addon opened"],
    [
      "a socket of the other kind",
      () => addon.close(addon.openMulticastSocket() as never),
      "close: socket must be a socket this addon opened",
    ],
    [
      "a short group",
      () => addon.joinGroup(addon.openMulticastSocket(), 1, new Uint8Array(4)),
      "joinGroup: group must be 16 bytes long",
    ],
    [
      "a priority that there is not",
      () => addon.setThreadPriority(100),
      "setThreadPriority: priority must be an integer from 0 to 99",
    ],
    [
      "a family that is no number",
      () => addon.openSocket("IPv4" as never, 1),
      "openSocket: family must be an integer from 0 to 65535",
    ],
    [
      "a socket type beyond a byte",
      () => addon.openSocket(2, 256),
      "openSocket: type must be an integer from 0 to 255",
    ],
    [
      "a negative descriptor",
      () => addon.closeDescriptor(-1),
      "closeDescriptor: descriptor must be an integer from 0 to 2147483647",
    ],
    [
      "a descriptor as a text",
      () => addon.duplicateDescriptor("1" as never),
      "duplicateDescriptor: descriptor must be an integer from 0 to 2147483647",
    ],
    [
      "an option's value that is no bytes",
      () => addon.setSocketOption(0, 1, 2, 1 as never),
      "setSocketOption: value must be a Uint8Array",
    ],
    [
      "a level that is negative",
      () => addon.setSocketOption(0, -1, 2, new Uint8Array(4)),
      "setSocketOption: level must be an integer from 0 to 2147483647",
    ],
    [
      "an option that is a fraction",
      () => addon.setSocketOption(0, 1, 0.5, new Uint8Array(4)),
      "setSocketOption: option must be an integer from 0 to 2147483647",
    ],
    [
      "an address too long",
      () => addon.bindSocket(0, new Uint8Array(129)),
      "bindSocket: address must be at most 128 bytes long",
    ],
    [
      "an address that is a text",
      () => addon.sendTo(0, "127.0.0.1" as never, new Uint8Array(1)),
      "sendTo: address must be a Uint8Array",
    ],
    [
      "a datagram that is a text",
      () => addon.sendTo(0, new Uint8Array(16), "x" as never),
      "sendTo: bytes must be a Uint8Array",
    ],
    [
      "no descriptor to ask",
      () => addon.socketName(undefined as never),
      "socketName: descriptor must be an integer from 0 to 2147483647",
    ],
    [
      "no descriptor of a datagram socket",
      () => addon.openDatagramSocket({ ...receiver(), descriptor: Number.NaN }),
      "openDatagramSocket: descriptor must be an integer from 0 to 2147483647",
    ],
    [
      "no listener of a datagram socket",
      () =>
        addon.openDatagramSocket({
          ...receiver(),
          descriptor: addon.openSocket(...UDP),
          onBatch: 1 as never,
        }),
      "openDatagramSocket: onBatch must be a function",
    ],
    [
      "a negative backlog",
      () => addon.openListeningSocket({ ...receiver(), descriptor: 0, backlog: -1 }),
      "openListeningSocket: backlog must be an integer from 0 to 2147483647",
    ],
    ["an empty name", () => addon.interfaceIndex(""), "interfaceIndex: name must be a text of 1 to 15 bytes"],
    [
      "a name too long",
      () => addon.interfaceIndex("a".repeat(16)),
      "interfaceIndex: name must be a text of 1 to 15 bytes",
    ],
    [
      "a namespace without function",
      () => addon.withNetworkNamespace("/proc/self/ns/net", 1 as never),
      "withNetworkNamespace: run must be a function",
    ],
  ];

  test.each(wrong)("%s", (_title, call, message) => {
    expect(thrownBy(call)).toMatchObject({ name: "TypeError", message });
  });

  test("what the kernel refuses carries code, number and call", () => {
    expect(thrownBy(() => addon.interfaceIndex("no-such-link"))).toMatchObject({
      message: "if_nametoindex: no such device (ENODEV)",
      code: "ENODEV",
      errno: 19,
      syscall: "if_nametoindex",
    });
  });

  test("a refusal by bind, setsockopt, listen, sendto, getsockname and close names the call", () => {
    const descriptor = addon.openSocket(...TCP);
    const refusals: [string, string, () => unknown][] = [
      ["EAFNOSUPPORT", "socket", () => addon.openSocket(65_535, 1)],
      ["EINVAL", "bind", () => addon.bindSocket(descriptor, new Uint8Array(3))],
      ["EINVAL", "setsockopt", () => addon.setSocketOption(descriptor, 1, 2, new Uint8Array(1))],
      ["ENOPROTOOPT", "setsockopt", () => addon.setSocketOption(descriptor, 1, 9999, new Uint8Array(4))],
      ["EBADF", "getsockname", () => addon.socketName(1_000_000)],
      ["EBADF", "fcntl(F_DUPFD_CLOEXEC)", () => addon.duplicateDescriptor(1_000_000)],
      [
        "EBADF",
        "listen",
        () => addon.openListeningSocket({ ...receiver(), descriptor: 1_000_000, backlog: 1 }),
      ],
    ];
    for (const [code, syscall, call] of refusals) expect(thrownBy(call)).toMatchObject({ code, syscall });
    const again = addon.duplicateDescriptor(descriptor);
    expect(addon.socketName(again).length).toBe(16);
    for (const each of [descriptor, again]) addon.closeDescriptor(each);
    expect(thrownBy(() => addon.closeDescriptor(again))).toMatchObject({ code: "EBADF", syscall: "close" });
  });

  test("an exception in a getter of the options is passed on", () => {
    const options = { ...netlink(), get protocol(): number { throw new Error("mine"); } }; // prettier-ignore
    expect(thrownBy(() => addon.openNetlinkSocket(options))).toMatchObject({ message: "mine" });
  });

  test("the loopback index is 1, and closing twice does nothing", () => {
    expect(addon.interfaceIndex("lo")).toBe(1);
    const socket = addon.openNetlinkSocket(netlink());
    addon.close(socket);
    addon.close(socket);
    expect(thrownBy(() => addon.send(socket, []))).toMatchObject({ message: "send: socket must be open" });
  });
});

describeWithAddon("the life of a socket", () => {
  const program = (body: string): { status: number | null; stdout: string; stderr: string } => {
    const addonFile = new URL("../../../native/build/steelyard.node", import.meta.url).pathname;
    const source = `
      const { Worker, isMainThread, workerData, parentPort } = require("node:worker_threads");
      const { readdirSync } = require("node:fs");
      const addon = require(${JSON.stringify(addonFile)});
      const descriptors = () => readdirSync("/proc/self/fd").length;
      // RTM_GETADDR as a dump: the kernel answers at once, so the listener is called.
      const dump = Uint8Array.from([24,0,0,0, 22,0, 1,3, 1,0,0,0, 0,0,0,0, 0,0,0,0, 0,0,0,0]);
      const open = (onBatch, onError = (error) => { throw error; }) => addon.openNetlinkSocket({
        protocol: 0, groups: Uint32Array.of(1, 5, 9), receiveBufferBytes: 65536,
        slab: new Uint8Array(8 * 32768), lengths: new Uint32Array(8), onBatch, onError });
      ${body}`;
    return spawnSync(process.execPath, ["-e", source], { encoding: "utf8", timeout: 30_000 });
  };

  test("an exception in a listener is an uncaughtException, and the socket goes on", () => {
    const { stdout, stderr, status } = program(`
      let batches = 0;
      process.on("uncaughtException", (error) => console.log("uncaught:", error.message));
      const socket = open(() => {
        batches++;
        if (batches === 1) { addon.send(socket, [dump]); throw new Error("first"); }
        console.log("second batch");
        addon.close(socket);
      });
      addon.send(socket, [dump]);`);
    expect({ stdout, stderr, status }).toEqual({
      stdout: "uncaught: first\nsecond batch\n",
      stderr: "",
      status: 0,
    });
  });

  test("a closed socket lets the program end, and its descriptor is free at once", () => {
    const { stdout, status } = program(`
      const before = descriptors();
      for (let i = 0; i < 200; i++) addon.close(open(() => {}));
      console.log(descriptors() - before);`);
    expect({ stdout, status }).toEqual({ stdout: "0\n", status: 0 });
  });

  test("an opening that fails leaves no descriptor behind", () => {
    const { stdout, status } = program(`
      const before = descriptors();
      const refused = (change) => { try { addon.openNetlinkSocket({ protocol: 0, groups: new Uint32Array(0), receiveBufferBytes: 4096,
        slab: new Uint8Array(256), lengths: new Uint32Array(4), onBatch() {}, onError() {}, ...change }); } catch { return 1; } return 0; };
      let failures = 0;
      for (let i = 0; i < 50; i++) failures += refused({ groups: Uint32Array.of(4000) }) + refused({ slab: new Uint8Array(1) }) + refused({ onError: 1 });
      console.log(failures, descriptors() - before);`);
    expect({ stdout, status }).toEqual({ stdout: "150 0\n", status: 0 });
  });

  test("closing inside the listener, with more batches waiting, is safe", () => {
    const { stdout, status } = program(`
      for (let i = 0; i < 20; i++) {
        const socket = open(() => { addon.close(socket); process.stdout.write("."); });
        addon.send(socket, [dump, dump, dump]);
      }`);
    expect({ stdout, status }).toEqual({ stdout: ".".repeat(20), status: 0 });
  });

  test("a worker may end with sockets open, twenty times, without a crash or a leak", () => {
    const { stdout, stderr, status } = program(`
      if (!isMainThread) throw new Error("unreachable");
      const source = "(" + function body() {
        const { parentPort, workerData } = require("node:worker_threads");
        const addon = require(workerData);
        for (let i = 0; i < 5; i++) addon.openNetlinkSocket({
          protocol: 0, groups: Uint32Array.of(1, 5, 9), receiveBufferBytes: 65536,
          slab: new Uint8Array(8 * 32768), lengths: new Uint32Array(8), onBatch() {}, onError() {} });
        addon.openMulticastSocket();
        parentPort.postMessage("open");
      } + ")()";
      (async () => {
        let before;
        for (let round = 0; round < 20; round++) {
          const worker = new Worker(source, { eval: true, workerData: ${JSON.stringify(new URL("../../../native/build/steelyard.node", import.meta.url).pathname)} });
          await new Promise((resolve) => worker.once("message", resolve));
          await worker.terminate();
          before ??= descriptors();
        }
        console.log(descriptors() - before);
      })();`);
    expect({ stdout, stderr, status }).toEqual({ stdout: "0\n", stderr: "", status: 0 });
  });

  test("sockets by descriptor are taken over, whether their opening fails or not", () => {
    const { stdout, status } = program(`
      const before = descriptors();
      const memory = () => ({ slab: new Uint8Array(4 * 128), lengths: new Uint32Array(4), onBatch() {}, onError() {} });
      for (let i = 0; i < 50; i++) {
        addon.close(addon.openDatagramSocket({ ...memory(), descriptor: addon.openSocket(2, 2) }));
        addon.close(addon.openListeningSocket({ ...memory(), descriptor: addon.openSocket(2, 1), backlog: 1 }));
        try { addon.openDatagramSocket({ ...memory(), slab: new Uint8Array(1), descriptor: addon.openSocket(2, 2) }); } catch {}
        // UDP does not listen.
        try { addon.openListeningSocket({ ...memory(), descriptor: addon.openSocket(2, 2), backlog: 1 }); } catch {}
      }
      console.log(descriptors() - before);`);
    expect({ stdout, status }).toEqual({ stdout: "0\n", status: 0 });
  });

  test("a netlink message that does not fit is told as lost, not handed over cut", () => {
    const { stdout, status } = program(`
      const socket = addon.openNetlinkSocket({ protocol: 0, groups: new Uint32Array(0), receiveBufferBytes: 65536,
        slab: new Uint8Array(64), lengths: new Uint32Array(1),
        onBatch() { console.log("cut"); }, onError(error) { console.log(error.code); addon.close(socket); } });
      addon.send(socket, [dump]);`);
    expect({ stdout, status }).toEqual({ stdout: "EMSGSIZE\n", status: 0 });
  });

  test("a slab that was transferred away is an error and the end, not a crash", () => {
    const { stdout, status } = program(`
      const slab = new Uint8Array(8 * 32768);
      const socket = addon.openNetlinkSocket({ protocol: 0, groups: new Uint32Array(0), receiveBufferBytes: 65536,
        slab, lengths: new Uint32Array(8), onBatch() { console.log("batch"); }, onError(error) { console.log(error.code); } });
      addon.send(socket, [dump]);
      structuredClone(slab.buffer, { transfer: [slab.buffer] });`);
    expect({ stdout, status }).toEqual({ stdout: "EFAULT\n", status: 0 });
  });

  test("a queue that overflows is reported as ENOBUFS, and the socket goes on receiving", () => {
    const { stdout, status } = program(`
      let overflows = 0, after = 0;
      const socket = open(() => { if (overflows > 0 && ++after === 1) { console.log("goes on"); addon.close(socket); } },
        (error) => { if (++overflows === 1) { console.log(error.code); addon.send(socket, [dump]); } });
      // Refused requests are echoed; nobody reads while we write, so the queue of 64 KiB runs over.
      const refused = new Uint8Array(1024); new DataView(refused.buffer).setUint32(0, 1024, true);
      refused.set([255, 255, 5, 0], 4);
      addon.send(socket, Array.from({ length: 4000 }, () => refused));`);
    expect({ stdout, status }).toEqual({ stdout: "ENOBUFS\ngoes on\n", status: 0 });
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    // The addon's errors come from the realm outside of jest's sandbox: compare what they say, not what they are.
    const { name, message, ...rest } = error as Error;
    return { name, message, ...rest };
  }
  throw new Error("nothing was thrown");
}
