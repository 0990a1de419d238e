import { compareTexts, formatLabelSelector } from "@steelyard/model/foundation";
import { type Condition, type ServiceResource } from "@steelyard/model/resources";
import { formatNearMiss, nearMissLabels } from "@steelyard/model/services";
import { type EndpointSummary, type PodFacts } from "../../../surroundings/index.ts";
import { listAddresses } from "../allocated-condition.ts";
import { type AnnouncedFacts, type AnnouncedVerdict, say } from "./announced-facts.ts";

/** Of pods that are not ready: what three of them lack is mostly what all of them lack. */
const mostPods = 3;

/** Between what the EndpointSlices tell and what a look at the pods has added. */
const hintMark = "; ";

/**
 * No endpoint can serve, so no agent announces (users.md, D11). What a look at the pods has told stands until the next
 * look, or until the EndpointSlices tell something else: a message must not follow every restart of a container.
 */
export function explainNoEndpoint(
  endpoints: readonly EndpointSummary[],
  facts: AnnouncedFacts,
): AnnouncedVerdict {
  const { service, addresses, pods, said } = facts;
  const mute = `so nothing answers for ${listAddresses(addresses)}`;
  const hasAny = endpoints.some(({ hasEndpoints }) => hasEndpoints);
  const reason = hasAny ? "NoReadyEndpoint" : "NoEndpoint";
  const base = hasAny
    ? `no endpoint of the Service is ready, ${mute}`
    : `${explainMissing(service)}, ${mute}`;
  const isKnown = pods === undefined && said?.reason === reason && said.message.startsWith(base + hintMark);
  return say("False", reason, isKnown ? said.message : [base, ...hintsOf(service, pods)].join(hintMark));
}

/** What is said without a look at the pods of the namespace. */
export interface PodsQuestion {
  readonly said: string;
  /** A look has told more already; it may be out of date. */
  readonly isAnswered: boolean;
}

/** Whether a look at the pods of the namespace may tell more; undefined = it cannot. */
export function questionToPods(
  { reason, message }: Pick<Condition, "reason" | "message">,
  { service }: Pick<AnnouncedFacts, "service">,
): PodsQuestion | undefined {
  const isAboutPods = reason === "NoEndpoint" || reason === "NoReadyEndpoint";
  const hasSelector = Object.keys(service.spec.selector ?? {}).length > 0;
  if (!isAboutPods || !hasSelector) return undefined;
  const end = message.indexOf(hintMark);
  return end < 0 ? { said: message, isAnswered: false } : { said: message.slice(0, end), isAnswered: true };
}

function explainMissing({ spec: { selector = {} }, metadata }: ServiceResource): string {
  const matchLabels = selector;
  return Object.keys(matchLabels).length === 0
    ? "the Service has no selector and no EndpointSlice with an endpoint"
    : `no pod of namespace ${metadata.namespace ?? ""} that has an address matches the selector ` +
        formatLabelSelector({ matchLabels });
}

function hintsOf(
  { spec: { selector = {} } }: ServiceResource,
  pods: readonly PodFacts[] = [],
): readonly string[] {
  const wanted = Object.entries(selector);
  const matching = pods.filter(({ labels = {} }) => wanted.every(([key, value]) => labels[key] === value));
  if (matching.length > 0) return unreadyHints(matching);
  const [nearest] = nearMissLabels(selector, pods);
  return nearest === undefined ? [] : [formatNearMiss(nearest)];
}

function unreadyHints(matching: readonly PodFacts[]): readonly string[] {
  const unready = matching
    .flatMap(({ name, whyNotReady }) => (whyNotReady === undefined ? [] : [`pod ${name} ${whyNotReady}`]))
    .sort(compareTexts);
  const more = unready.length - mostPods;
  const named = unready.slice(0, mostPods).join(", ");
  return named === "" ? [] : [more > 0 ? `${named}, and ${more} more` : named];
}
