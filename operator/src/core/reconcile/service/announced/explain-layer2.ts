import { type L2Advertisement, type Pool } from "@steelyard/model/config";
import { compareTexts } from "@steelyard/model/foundation";
import { type ServiceL2StatusResource } from "@steelyard/model/resources";
import { listAddresses } from "../allocated-condition.ts";
import { type AnnouncedFacts, type AnnouncedVerdict, say } from "./announced-facts.ts";
import { doubted, explainSuspension, nameCovering, whenStrict } from "./explain-electorate.ts";
import { explainNobodyMay } from "./explain-nodes.ts";
import {
  explainCheck,
  explainForeignHolder,
  explainNoInterface,
  explainPart,
  isSuspended,
} from "./explain-segment.ts";

/** Who answers on the segment. The agents read the addresses out of it: those they do not ask the segment for again. */
export function explainAnswers(
  statuses: readonly ServiceL2StatusResource[],
  advertisements: readonly L2Advertisement[],
  facts: AnnouncedFacts,
): AnnouncedVerdict {
  const ready = statuses.filter(({ status }) => facts.isNodeReady(status?.node ?? "") !== false);
  const isDoubtful = ready.length === 0;
  const nodes = [...new Set((isDoubtful ? statuses : ready).map(describeNode))].sort(compareTexts);
  const verb = nodes.length === 1 ? "answers" : "answer";
  const says = `${nodes.join(" and ")} ${verb} for ${listAddresses(facts.addresses)}`;
  const checked = explainCheck(facts, says);
  if (checked !== undefined) return checked;
  if (isDoubtful) return doubted(says, nodes);
  const partly = explainPart(facts, `${nodes.join(" and ")} ${verb}`);
  if (partly !== undefined) return partly;
  if (!isSuspended(facts)) return say("True", "Layer2", says);
  return say(
    "True",
    "ExclusionSuspended",
    `${says}, although it should not: ${explainSuspension(advertisements, "layer2", facts)}`,
  );
}

/** No agent reports that it answers: the nearest cause first, and what only an agent can know before what we can. */
export function explainSilence(
  pool: Pool,
  advertisements: readonly L2Advertisement[],
  facts: AnnouncedFacts,
): AnnouncedVerdict {
  return (
    explainForeignHolder(facts) ??
    explainNobodyMay(pool, facts) ??
    explainNoInterface(facts) ??
    awaitingAgent(advertisements, facts)
  );
}

function describeNode({ status }: ServiceL2StatusResource): string {
  const interfaces = (status?.interfaces ?? [])
    .flatMap(({ name }) => (name === undefined ? [] : [name]))
    .sort();
  const where = interfaces.length === 0 ? "every interface" : `interface ${interfaces.join(", ")}`;
  return `node ${status?.node ?? "unknown"} (on ${where})`;
}

function awaitingAgent(advertisements: readonly L2Advertisement[], facts: AnnouncedFacts): AnnouncedVerdict {
  const [covering, one] = nameCovering("L2Advertisement", advertisements);
  return say(
    "Unknown",
    "AwaitingAgent",
    `${covering} ${listAddresses(facts.addresses)}, and no agent has reported yet that it answers; ` +
      `it takes an agent on a Ready node that ${one} selects, and a ready endpoint of the Service` +
      whenStrict(advertisements, "layer2", facts),
  );
}
