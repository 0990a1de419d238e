import { describe, expect, test } from "@jest/globals";
import { helpFlag } from "./flag-spec.ts";
import { formatHelp } from "./format-help.ts";
import { inertNotices } from "./inert-notices.ts";
import { parseFlags } from "./parse-flags.ts";

const specs = [
  helpFlag,
  {
    name: "port",
    kind: "integer",
    default: 9120,
    min: 0,
    max: 65535,
    placeholder: "<port>",
    help: "Metrics",
  },
  { name: "node-name", kind: "string", env: "METALLB_NODE_NAME", help: "This node" },
  { name: "lb-class", kind: "string", default: "", help: "Class of Services" },
  { name: "ignore-exclude-lb", kind: "boolean", default: false, help: "Ignore the label" },
  { name: "pools", kind: "list", default: [], help: "Pools" },
  { name: "f", kind: "list", default: [], isOnlyRepeated: true, help: "Files" },
  { name: "log-level", kind: "choice", choices: ["info", "debug"], default: "info", help: "How much to log" },
  {
    name: "ml-bindport",
    kind: "integer",
    env: "METALLB_ML_BIND_PORT",
    default: 7946,
    help: "Gossip",
    inert: "no gossip yet",
  },
] as const;

function parse(argv: string[], env: Record<string, string> = {}) {
  return parseFlags(specs, argv, env);
}

describe("parseFlags", () => {
  test("gives defaults, and undefined where there is none", () => {
    expect(parse([])).toEqual({
      ok: true,
      value: {
        help: false,
        port: 9120,
        "node-name": undefined,
        "lb-class": "",
        "ignore-exclude-lb": false,
        pools: [],
        f: [],
        "log-level": "info",
        "ml-bindport": undefined,
      },
    });
  });

  test.each([
    ["two dashes, equals sign", ["--port=1"], {}, { port: 1 }],
    ["two dashes, separate value", ["--port", "2"], {}, { port: 2 }],
    ["one dash, as Go accepts it", ["-port=3"], {}, { port: 3 }],
    ["the last one wins", ["--port=4", "-port", "5"], {}, { port: 5 }],
    ["a switch alone", ["-ignore-exclude-lb"], {}, { "ignore-exclude-lb": true }],
    [
      "a switch that takes no separate value",
      ["--ignore-exclude-lb", "--port=6"],
      {},
      { "ignore-exclude-lb": true, port: 6 },
    ],
    ["a switch turned off", ["--ignore-exclude-lb=false"], {}, { "ignore-exclude-lb": false }],
    ["a value that holds an equals sign", ["--node-name=a=b"], {}, { "node-name": "a=b" }],
    ["a value that looks like a flag", ["--node-name", "-x"], {}, { "node-name": "-x" }],
    ["an empty value", ["--lb-class="], {}, { "lb-class": "" }],
    ["a list, repeated", ["--pools=a, b,", "--pools", "c"], {}, { pools: ["a", "b", "c"] }],
    ["a list whose values hold commas", ["-f", "a, b", "-f=c"], {}, { f: ["a, b", "c"] }],
    ["a choice", ["--log-level=debug"], {}, { "log-level": "debug" }],
    ["the environment", [], { METALLB_NODE_NAME: "n1" }, { "node-name": "n1" }],
    [
      "the command line before the environment",
      ["--node-name=n2"],
      { METALLB_NODE_NAME: "n1" },
      { "node-name": "n2" },
    ],
    ["an empty variable is unset", [], { METALLB_NODE_NAME: "" }, { "node-name": undefined }],
    ["an inert flag keeps what was given", [], { METALLB_ML_BIND_PORT: "7947" }, { "ml-bindport": 7947 }],
  ])("%s", (_name, argv, env, expected) => {
    expect(parse(argv, env)).toMatchObject({ ok: true, value: expected });
  });

  test.each([
    ["unknown", ["--prot=1"], {}, "unknown flag --prot, see --help"],
    ["positional", ["start"], {}, 'unexpected argument "start", only flags are understood'],
    ["lone dashes", ["--"], {}, 'unexpected argument "--", only flags are understood'],
    ["no value", ["--port"], {}, "flag --port needs a value"],
    ["not a number", ["--port=http"], {}, 'flag --port: "http" is not a whole number'],
    ["empty number", ["--port="], {}, 'flag --port: "" is not a whole number'],
    ["fraction", ["--port=1.5"], {}, 'flag --port: "1.5" is not a whole number'],
    ["too large", ["--port=65536"], {}, "flag --port: 65536 is more than 65535"],
    ["too small", ["--port=-1"], {}, "flag --port: -1 is less than 0"],
    [
      "no truth",
      ["--ignore-exclude-lb=maybe"],
      {},
      'flag --ignore-exclude-lb: "maybe" is neither true nor false',
    ],
    ["no choice", ["--log-level=loud"], {}, 'flag --log-level: "loud" is not one of info, debug'],
    [
      "bad variable",
      [],
      { METALLB_ML_BIND_PORT: "x" },
      'variable METALLB_ML_BIND_PORT: "x" is not a whole number',
    ],
  ])("refuses: %s", (_name, argv, env, sentence) => {
    expect(parse(argv, env)).toEqual({ ok: false, error: sentence });
  });

  test("types a flag with a default as always there, one without as perhaps undefined", () => {
    const parsed = parse(["--port=7"]);
    if (!parsed.ok) throw new Error(parsed.error);
    const port: number = parsed.value.port;
    const nodeName: string | undefined = parsed.value["node-name"];
    const level: "info" | "debug" = parsed.value["log-level"];
    expect([port, nodeName, level]).toEqual([7, undefined, "info"]);
  });
});

describe("inertNotices", () => {
  test("names each inert flag that was given, and only those", () => {
    const parsed = parse(["--ml-bindport=7946", "--port=1"]);
    expect(parsed.ok && inertNotices(specs, parsed.value)).toEqual([
      "flag --ml-bindport is accepted but has no effect: no gossip yet",
    ]);
    const silent = parse(["--port=1"]);
    expect(silent.ok && inertNotices(specs, silent.value)).toEqual([]);
  });
});

test("formatHelp shows every flag, the inert ones apart", () => {
  expect(formatHelp({ program: "node x.mjs", summary: "Does x.", specs })).toBe(`Does x.

Usage: node x.mjs [flags]

Flags:
  --help
      Print this page
  --port=<port>
      Metrics (default 9120)
  --node-name=<string>
      This node (variable METALLB_NODE_NAME)
  --lb-class=<string>
      Class of Services
  --ignore-exclude-lb
      Ignore the label
  --pools=<list>
      Pools
  -f=<list>
      Files
  --log-level=info|debug
      How much to log (default info)

Accepted so that MetalLB's manifests start, without effect here:
  --ml-bindport=<integer>
      Gossip (variable METALLB_ML_BIND_PORT; no gossip yet)
`);
});

test("a flag of one letter is written with one dash, in the help and in errors", () => {
  const file = [{ name: "f", kind: "string", placeholder: "<file>", help: "File" }] as const;
  expect(formatHelp({ program: "node x.mjs", summary: "Does x.", specs: file })).toContain("\n  -f=<file>\n");
  expect(parseFlags(file, ["-f", "a.yaml"], {})).toEqual({ ok: true, value: { f: "a.yaml" } });
  expect(parseFlags(file, ["-f"], {})).toEqual({ ok: false, error: "flag -f needs a value" });
});
