import { expect, test } from "@jest/globals";
import { inertNotices, parseFlags } from "@steelyard/client/program";
import { inertVariableNotices, operatorFlags } from "./flags.ts";

// The arguments of MetalLB's own manifests and chart for its controller (reference metallb.md, section 6.3).
const manifestArguments = [
  "--port=9120",
  "--log-level=info",
  "--webhook-mode=enabled",
  "--tls-min-version=VersionTLS12",
  "--cert-service-name=metallb-webhook-service",
  "--health-probe-port=17472",
  "--lb-class=metallb",
  "--webhook-http2",
  "--disable-cert-rotation=true",
];
const manifestVariables = {
  METALLB_ML_SECRET_NAME: "metallb-memberlist",
  METALLB_DEPLOYMENT: "metallb-controller",
  METALLB_BGP_TYPE: "frr",
  METALLB_NAMESPACE: "metallb-system",
};

test("MetalLB's manifests start this program, and what does nothing here says so", () => {
  const flags = parseFlags(operatorFlags, manifestArguments, manifestVariables);
  if (!flags.ok) throw new Error(flags.error);
  expect(flags.value).toMatchObject({
    namespace: "metallb-system",
    "lb-class": ["metallb"],
    "leader-elect": true,
    "ml-secret-name": "metallb-memberlist",
    deployment: "metallb-controller",
  });
  expect([
    ...inertNotices(operatorFlags, flags.value),
    ...inertVariableNotices(manifestVariables),
  ]).toHaveLength(4);
});

test("several classes may be given, separated or repeated; none is the default", () => {
  const flags = parseFlags(operatorFlags, ["--lb-class=a,b", "-lb-class", "c"], {});
  expect(flags.ok && flags.value["lb-class"]).toEqual(["a", "b", "c"]);
  expect(parseFlags(operatorFlags, ["--lb-class="], {})).toMatchObject({ value: { "lb-class": [] } });
});

test.each([
  { argument: "--port=70000", says: "flag --port: 70000 is more than 65535" },
  { argument: "--webhook-mode=sometimes", says: 'flag --webhook-mode: "sometimes" is not one of' },
  { argument: "--speaker", says: "unknown flag --speaker" },
])("$argument is refused in one sentence", ({ argument, says }) => {
  const flags = parseFlags(operatorFlags, [argument], {});
  expect(flags.ok ? "accepted" : flags.error).toContain(says);
});
