import { type MetallbProgram } from "./metallb-programs.ts";
import { numberAt, objectsAt, textAt } from "./raw-object.ts";
import { finding, type UpgradeContext } from "./upgrade-context.ts";
import { type UpgradeFinding } from "./upgrade-report.ts";

type Inert = Readonly<Record<string, string>>;

const noWebhook =
  "there is no webhook: the API server checks objects by their schema, conditions tell the rest";
const noFrr = "BGP is spoken by the agent itself, without FRR";
const noProfiler = "this is not a Go program";

/** Flags of MetalLB that are accepted and do nothing. */
export const inertFlags: Readonly<Record<"controller" | "speaker", Inert>> = {
  controller: {
    "webhook-secret": noWebhook,
    "cert-service-name": noWebhook,
    "cert-dir": noWebhook,
    "disable-cert-rotation": noWebhook,
    "webhook-http2": noWebhook,
    "pprof-bind-address": noProfiler,
  },
  speaker: {
    "bgp-debounce-timeout": "a changed route is sent at once; --bgp-route-delay holds new ones back",
    "frrk8s-namespace": noFrr,
    "frrk8s-secret-passthrough": noFrr,
    "pprof-bind-address": noProfiler,
    host: "where metrics listen is said by --secure-metrics",
  },
};

/** What MetalLB's programs are started with. */
export function checkPrograms({ snapshot, programs, options }: UpgradeContext): readonly UpgradeFinding[] {
  const { controller, speaker } = programs;
  const { namespace } = snapshot;
  if (controller === undefined && speaker === undefined) {
    const what = `neither its controller nor its speaker runs in namespace ${namespace}`;
    const happens = "flags and variables could not be looked at";
    return [finding("note", ["cluster"], what, happens, "give --namespace if MetalLB runs in another one")];
  }
  return [
    ...(controller ? [...inertOf(controller, inertFlags.controller), ...checkController(controller)] : []),
    ...(speaker ? [...inertOf(speaker, inertFlags.speaker), ...checkSpeaker(speaker)] : []),
    ...checkClasses([controller, speaker], options.lbClasses),
  ];
}

function inertOf(program: MetallbProgram, inert: Inert): readonly UpgradeFinding[] {
  return Object.entries(inert).flatMap(([flag, why]) => {
    const given = program.setting(flag, variableOf[flag]);
    if (given === undefined) return [];
    return [
      finding(
        "note",
        [program.title, given.field],
        `is ${given.value}`,
        `it has no effect: ${why}`,
        "leave it out",
      ),
    ];
  });
}

const variableOf: Readonly<Record<string, string>> = {
  "bgp-debounce-timeout": "METALLB_BGP_DEBOUNCE_TIMEOUT",
  "frrk8s-namespace": "FRRK8S_NAMESPACE",
  host: "METALLB_HOST",
};

function checkController(controller: MetallbProgram): readonly UpgradeFinding[] {
  const mode = controller.setting("webhook-mode");
  if (mode?.value !== "onlywebhook") return [];
  const what = "is onlywebhook: this controller gives no addresses";
  const advice = "find the controller that gives them, and check that one";
  return [
    finding(
      "behaviour",
      [controller.title, mode.field],
      what,
      "the operator idles with this flag, too",
      advice,
    ),
  ];
}

function checkSpeaker(speaker: MetallbProgram): readonly UpgradeFinding[] {
  const findings: UpgradeFinding[] = [];
  const { title, podSpec } = speaker;
  if (speaker.setting("gratuitous-arp-interval") === undefined) {
    const what = "is not given, so MetalLB never repeats its gratuitous packets";
    findings.push(
      finding(
        "note",
        [title, "--gratuitous-arp-interval"],
        what,
        "the agents do it every 60 s",
        "--gratuitous-arp-interval=0 turns it off",
      ),
    );
  }
  if (numberAt(podSpec, "terminationGracePeriodSeconds") === 0) {
    const what = "is 0: the speaker is killed and tells nobody that it goes";
    const happens =
      "an agent hands its addresses over and ends its sessions first, which takes a second or two";
    findings.push(
      finding(
        "note",
        [title, "spec.template.spec.terminationGracePeriodSeconds"],
        what,
        happens,
        "in manifests of your own write 10 or more",
      ),
    );
  }
  const sidecars = speaker.containers.filter((name) => ["frr", "reloader", "frr-metrics"].includes(name));
  if (sidecars.length > 0) {
    const what = `containers ${sidecars.join(", ")} run beside the speaker`;
    const happens =
      "they go, and with them vtysh and the metrics on port 9121; sessions are in the agent's own metrics and /status.json";
    findings.push(finding("behaviour", [title], what, happens, "point monitors at port 9120"));
  }
  return findings;
}

/** What they serve decides which Services are anybody's. */
function checkClasses(
  programs: readonly (MetallbProgram | undefined)[],
  lbClasses: readonly string[],
): readonly UpgradeFinding[] {
  return programs.flatMap((program) => {
    if (program === undefined) return [];
    const given = program.setting("lb-class");
    const [before, after] = [describeClass(given?.value ?? ""), describeClass(lbClasses.join(", "))];
    if (before === after) return [];
    const what = `it serves Services ${before}`;
    const advice =
      given === undefined || given.value === ""
        ? "start Steelyard without --lb-class, or give the Services the class"
        : `start Steelyard with --lb-class=${given.value} (value loadBalancerClass of the chart); check again with that flag`;
    return [
      finding(
        "behaviour",
        [program.title, "--lb-class"],
        what,
        `as this was called, Steelyard serves those ${after}`,
        advice,
      ),
    ];
  });
}

function describeClass(classes: string): string {
  return classes === "" ? "without a loadBalancerClass" : `of loadBalancerClass ${classes}`;
}

/** What has to be known to gossip with MetalLB's speakers while both kinds run. */
export function checkGossip({ programs, snapshot }: UpgradeContext): readonly UpgradeFinding[] {
  const { speaker, controller } = programs;
  if (speaker === undefined) return [];
  const labels = speaker.setting("ml-labels", "METALLB_ML_LABELS");
  const address = speaker.setting("ml-bindaddr", "METALLB_ML_BIND_ADDR");
  const isOff =
    labels === undefined || !(address !== undefined || hasVariable(speaker, "METALLB_ML_BIND_ADDR"));
  if (snapshot.l2Advertisements.length === 0) return [];
  if (isOff) {
    const what =
      "memberlist is off: a node that dies stays a candidate for as long as its Node object exists";
    const happens = "with gossip off the agents too go by Node objects, but only by those that are Ready";
    return [
      finding(
        "behaviour",
        [speaker.title, "--ml-labels"],
        what,
        happens,
        "turn gossip on (value speaker.memberlist.enabled): failover is then a quarter of a second",
      ),
    ];
  }
  return [...checkKey(speaker), ...checkSecretName({ speaker, controller, labels: labels.value })];
}

/** `valueFrom` has no value here, but it sets the variable. */
function hasVariable({ podSpec }: MetallbProgram, name: string): boolean {
  return objectsAt(podSpec, "containers").some((container) =>
    objectsAt(container, "env").some((one) => textAt(one, "name") === name),
  );
}

/** The first release whose key is a SHA-256 of the Secret (reference metallb.md, section 10). */
const sameKeySince = [0, 16, 2] as const;

function checkKey(speaker: MetallbProgram): readonly UpgradeFinding[] {
  const { version, title } = speaker;
  const isEncrypted = speaker.setting("ml-secret-key-path", "METALLB_ML_SECRET_KEY_PATH") !== undefined;
  if (!isEncrypted) return [];
  const place = [title, "image"] as const;
  if (version === undefined) {
    const what = "the tag of its image is no version";
    const happens =
      "before 0.16.2 the key of the gossip was made otherwise: rings of the two do not hear each other";
    return [
      finding(
        "note",
        place,
        what,
        happens,
        "make sure that it is 0.16.2 before speakers are exchanged one by one",
      ),
    ];
  }
  if (!isBefore(version, sameKeySince)) return [];
  const what = `is ${version}, which makes the key of the gossip otherwise than 0.16.2`;
  const happens = "while both kinds run they are two rings, each with an owner for every address";
  return [
    finding(
      "traffic",
      place,
      what,
      happens,
      "bring MetalLB to 0.16.2 first, or exchange all speakers at once",
    ),
  ];
}

function isBefore(version: string, limit: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  const place = limit.findIndex((part, index) => parts[index] !== part);
  return place >= 0 && (parts[place] ?? 0) < (limit[place] ?? 0);
}

function checkSecretName({
  speaker,
  controller,
  labels,
}: {
  readonly speaker: MetallbProgram;
  readonly controller: MetallbProgram | undefined;
  readonly labels: string;
}): readonly UpgradeFinding[] {
  const mounted = objectsAt(speaker.podSpec, "volumes").map((volume) =>
    textAt(volume, "secret", "secretName"),
  );
  const name =
    controller?.setting("ml-secret-name", "METALLB_ML_SECRET_NAME")?.value ??
    mounted.find((one) => one.includes("memberlist"));
  const port = speaker.setting("ml-bindport", "METALLB_ML_BIND_PORT")?.value;
  const values = [
    ...(name === undefined ? [] : [`speaker.secretName=${name}`]),
    `speaker.memberlist.labels so that it selects the Pods with ${labels}`,
    ...(port === undefined || port === "7946" ? [] : [`speaker.memberlist.mlBindPort=${port}`]),
  ];
  const what = `its speakers gossip with the Pods ${labels}${name === undefined ? "" : `, with the key of Secret ${name}`}`;
  const happens = "agents and speakers are one ring if they have the same key and find each other";
  return [
    finding(
      "note",
      [speaker.title, "--ml-labels"],
      what,
      happens,
      `while both run, give the chart ${values.join(", ")}`,
    ),
  ];
}
