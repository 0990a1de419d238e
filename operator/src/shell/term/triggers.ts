import { type Millis } from "@steelyard/model/foundation";
import { type NodeResource, type ObjectMeta, type ServiceL2StatusResource } from "@steelyard/model/resources";
import { CONFIG_KINDS } from "@steelyard/model/config";
import { type ConfigObject } from "../../core/reconcile/index.ts";
import {
  type EndpointSummary,
  isSameForAnnouncing,
  type PodReadiness,
} from "../../core/surroundings/index.ts";
import { type ClusterReader, type ObjectChange, type ObjectView } from "../../ports/cluster-reader.ts";
import { configurationViews } from "./configuration-views.ts";
import { conditionKey } from "../reconcilers/object-condition-reconciler.ts";
import { type TermContext, theOnly } from "./term-context.ts";

/**
 * What belongs together arrives one by one: a pool that is renamed goes and comes, an advertisement may precede the pool
 * it names. Only together they are to be judged.
 */
const configurationDelayMs: Millis = 20;
/** The name of the operator's ConfigurationState. */
const ownState = "controller";
/** Pods come and go in bursts, and nodes as well; what is said of them can wait until they have settled. */
const surroundingsDelayMs: Millis = 1000;

/** Turns changes of the cluster into work. Returns what ends it. */
export function connectTriggers(context: TermContext): () => void {
  const { reader, state, contests, reconcilers } = context;
  const configurationChanged = (): void =>
    reconcilers.enqueueAfter("Configuration", theOnly, configurationDelayMs);
  const subscriptions = [
    reader.services.subscribe(({ key, object, previous }) => {
      // Each version, not only the last one: a request that flips to and fro is what it was when its turn comes.
      if (object === undefined) contests.forget(key);
      else contests.observe(key, object, previous);
      // At once, not when its turn comes: an address that somebody shows must not be given to another in between.
      if (object === undefined) state.forget(key);
      else state.observe(key, object);
      reconcilers.enqueue("Service", key);
    }),
    reader.pools.subscribe((change) => {
      // A new pool is taken in at once: Services that were applied together with it must not be told there is none.
      if (change.previous === undefined) reconcilers.enqueue("Configuration", theOnly);
      else if (isConfigured(change)) configurationChanged();
      const name = (change.object ?? change.previous)?.metadata.name;
      if (name !== undefined) reconcilers.enqueue("IPAddressPool", name);
    }),
    ...otherKinds(reader).map((view) =>
      view.subscribe((change) => {
        if (isConfigured(change)) configurationChanged();
      }),
    ),
    ...subscribeToConditions(context),
    reader.configurationStates.subscribe(({ object, previous }) => {
      const report = object ?? previous;
      const said = report && state.takeInSegment(report, { gone: object === undefined });
      for (const service of said ?? []) reconcilers.enqueue("Service", service);
      // Several agents lose a router at the same time.
      for (const service of (report && state.takeInBgpReport(report, { gone: object === undefined })) ?? [])
        reconcilers.enqueueAfter("Service", service, surroundingsDelayMs);
      if (report?.metadata.name === ownState) reconcilers.enqueue("ConfigurationState", theOnly);
    }),
    reader.namespaces.subscribe(({ object, previous }) => {
      if (!hasSameLabels(object, previous)) configurationChanged();
    }),
    reader.l2Statuses.subscribe(({ object, previous }) => {
      const service = serviceOf(object ?? previous);
      if (service !== undefined) reconcilers.enqueue("Service", service);
    }),
    reader.bgpAnnouncements.subscribe(({ object, previous }) => {
      const services = new Set([object?.service, previous?.service]);
      for (const service of services) if (service !== undefined) reconcilers.enqueue("Service", service);
    }),
    reader.endpoints.subscribe((change) => enqueueServed(change, context)),
    reader.ownPods.subscribe((change) => enqueueReported(change, context)),
    reader.nodes.subscribe(({ object, previous }) => {
      if (!isSameNode(object, previous)) reconcilers.enqueueAfter("Nodes", theOnly, surroundingsDelayMs);
    }),
  ];
  return () => subscriptions.forEach((end) => end());
}

/** The kinds of configuration of which a new object need not be taken in at once. */
function otherKinds(reader: ClusterReader): readonly ObjectView<ConfigObject>[] {
  const views = configurationViews(reader);
  return CONFIG_KINDS.filter((kind) => kind !== "IPAddressPool").map((kind) => views[kind]);
}

/** Whatever changes at an object, what we say there may have been damaged, or could not be said before. */
function subscribeToConditions({ reader, reconcilers }: TermContext): readonly (() => void)[] {
  const views = configurationViews(reader);
  return CONFIG_KINDS.map((kind) =>
    views[kind].subscribe(({ object, previous }) => {
      const name = (object ?? previous)?.metadata.name;
      if (name !== undefined) reconcilers.enqueue("ObjectCondition", conditionKey(kind, name));
    }),
  );
}

/** Of the many EndpointSlices of a cluster only those matter that belong to a Service of ours with an address. */
function enqueueServed(
  { object, previous }: ObjectChange<EndpointSummary>,
  { reader, state, reconcilers }: TermContext,
): void {
  const key = (object ?? previous)?.service;
  const service = key === undefined ? undefined : reader.services.get(key);
  if (key === undefined || service === undefined || state.book.reservedFor(key).length === 0) return;
  const byNode = service.spec.externalTrafficPolicy === "Local";
  if (!isSameForAnnouncing(object, previous, { byNode }))
    reconcilers.enqueueAfter("Service", key, surroundingsDelayMs);
}

/** An agent that falls silent, or is back: its reports on these Services count no more, or again. */
function enqueueReported(
  { object, previous }: ObjectChange<PodReadiness>,
  { reader, reconcilers }: TermContext,
): void {
  if (object?.whyNotReady === previous?.whyNotReady) return;
  const pod = (object ?? previous)?.name;
  const services = reader.bgpAnnouncements
    .list()
    .flatMap(({ service, by }) => (service !== undefined && by.pod === pod ? [service] : []));
  for (const service of services) reconcilers.enqueueAfter("Service", service, surroundingsDelayMs);
}

function isSameNode(a: NodeResource | undefined, b: NodeResource | undefined): boolean {
  const textOf = (node: NodeResource): string =>
    JSON.stringify([node.metadata.labels, node.spec?.taints, node.status?.conditions]);
  return a !== undefined && b !== undefined && textOf(a) === textOf(b);
}

function serviceOf(report: ServiceL2StatusResource | undefined): string | undefined {
  const { serviceNamespace, serviceName } = report?.status ?? {};
  return serviceNamespace === undefined || serviceName === undefined
    ? undefined
    : `${serviceNamespace}/${serviceName}`;
}

/** A change of the status alone, which the operator writes itself, leaves generation and labels as they are. */
function isConfigured({ object, previous }: ObjectChange<{ readonly metadata: ObjectMeta }>): boolean {
  const generation = object?.metadata.generation;
  const isSameSpec = generation !== undefined && generation === previous?.metadata.generation;
  return !isSameSpec || !hasSameLabels(object, previous);
}

interface Labelled {
  readonly metadata: ObjectMeta;
}

function hasSameLabels(a: Labelled | undefined, b: Labelled | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const textOf = ({ metadata }: Labelled): string =>
    JSON.stringify(Object.entries(metadata.labels ?? {}).sort());
  return textOf(a) === textOf(b);
}
