import { describe, expect, test } from "@jest/globals";
import { inertNotices, parseFlags } from "@steelyard/client/program";
import { agentFlags, inertVariableNotices } from "./flags.ts";

/** The arguments and variables of MetalLB's own manifest for the speaker, with what a cluster puts into them. */
const manifest = {
  argv: ["--port=9120", "--log-level=info", "--tls-min-version=VersionTLS13", "--health-probe-port=17472"],
  env: {
    METALLB_NODE_NAME: "node-a",
    METALLB_POD_NAME: "speaker-x7k2p",
    METALLB_HOST: "192.0.2.10",
    METALLB_ML_BIND_ADDR: "10.0.0.7",
    METALLB_ML_LABELS: "app=metallb,component=speaker",
    METALLB_ML_SECRET_KEY_PATH: "/etc/ml_secret_key",
  },
};

/** Every flag of reference metallb.md, sections 6.3 and 10, with a value it may have. */
const everyFlag = [
  ...[
    "--port=0",
    "--namespace=metallb-system",
    "--pod-name=p",
    "--log-level=all",
    "--pprof-bind-address=:6060",
  ],
  ...[
    "--health-probe-port=0",
    "--lb-class=example.com/lb",
    "--tls-min-version=VersionTLS12",
    "--tls-cipher-suites=A,B",
  ],
  ...["--tls-curve-preferences=29", "--metrics-cert-dir=/certs", "--node-name=node-a", "--host=192.0.2.1"],
  ...[
    "--ml-bindaddr=10.0.0.7",
    "--ml-bindport=7946",
    "--ml-labels=app=metallb",
    "--ml-secret-key-path=/etc/key",
  ],
  ...["--ml-wan-config", "--ignore-exclude-lb=true", "--bgp-debounce-timeout=3000", "--frrk8s-namespace=frr"],
  ...["--frrk8s-secret-passthrough", "--gratuitous-arp-interval=60"],
];

describe("agentFlags", () => {
  test("MetalLB's manifest starts", () => {
    const parsed = parseFlags(agentFlags, manifest.argv, manifest.env);
    expect(parsed).toMatchObject({
      ok: true,
      value: { "node-name": "node-a", "pod-name": "speaker-x7k2p", port: 9120 },
    });
  });

  test("every flag of MetalLB's speaker is accepted, and those without effect say so once each", () => {
    const parsed = parseFlags(agentFlags, everyFlag, {});
    if (!parsed.ok) throw new Error(parsed.error);
    const notices = inertNotices(agentFlags, parsed.value);
    const silent = everyFlag
      .map((flag) => flag.split("=", 1)[0])
      .filter((flag) => !notices.some((notice) => notice.startsWith(`flag ${flag} `)));
    expect(silent).toEqual([
      ...["--port", "--namespace", "--pod-name", "--log-level", "--health-probe-port"],
      ...[
        "--lb-class",
        "--tls-min-version",
        "--tls-cipher-suites",
        "--tls-curve-preferences",
        "--metrics-cert-dir",
        "--node-name",
        "--ml-bindaddr",
        "--ml-bindport",
        "--ml-labels",
        "--ml-secret-key-path",
      ],
      ...["--ml-wan-config", "--ignore-exclude-lb", "--gratuitous-arp-interval"],
    ]);
  });

  test("MetalLB's defaults hold", () => {
    const parsed = parseFlags(agentFlags, [], {});
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        port: 9120,
        "health-probe-port": 17472,
        "lb-class": [],
        "log-level": "info",
        "ignore-exclude-lb": false,
        "exclude-interfaces-file": "/etc/metallb/excludel2.yaml",
        "ml-bindport": 7946,
        "ml-wan-config": false,
        "ml-config-file": "/etc/metallb/memberlist/config.json",
      },
    });
  });
});

test("inertVariableNotices names the variables that are set", () => {
  expect(inertVariableNotices({ METALLB_BGP_TYPE: "native", FRR_CONFIG_FILE: "", PATH: "/bin" })).toEqual([
    "variable METALLB_BGP_TYPE has no effect: BGP is spoken by this program itself, and no FRR is needed beside it",
  ]);
});
