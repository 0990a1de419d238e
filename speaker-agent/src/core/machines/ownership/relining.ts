import { type OwnerPolicy } from "../../election/types.ts";
import { tell } from "./claims.ts";
import { type Field, type Group, wouldEnter } from "./lines.ts";
import { isAlive, isElectable, metallbSpeakers, type Roster, type RosterChange } from "./roster.ts";
import { type Entry } from "./state.ts";
import { log, putEntry, withLine, type Work } from "./work.ts";

/** Above so many nodes at once it is cheaper to elect everything anew than to find out what they change. */
const FEW = 8;

/** Takes a changed roster over, with all that follows from it for policy and lines. */
export function takeRoster(work: Work, { roster, turned }: RosterChange): void {
  if (roster === work.state.roster) return;
  const before = work.state.roster;
  const speakers = metallbSpeakers(before).length > 0;
  work.state = { ...work.state, roster };
  for (const node of turned)
    if (isAlive(roster, node) && !isAlive(before, node)) tellReturned(work, node, before);
  const wasInForce = work.state.policy;
  decidePolicy(work);
  if (work.state.policy !== wasInForce || speakers !== metallbSpeakers(roster).length > 0) {
    work.state = { ...work.state, fields: new Map() };
    reline(work, () => true);
  } else if (turned.size > 0) {
    forgetFields(work, turned);
    relineFor(work, turned);
  }
}

/**
 * Whoever is back may not have noticed that it was away, and announce what has been taken over meanwhile: it has to hear of
 * that now, not with the next exchange of tables.
 */
function tellReturned(work: Work, node: string, before: Roster): void {
  const since = before.members.get(node)?.turnedAt;
  if (since === undefined) return;
  for (const { claim, role, subject } of work.entries) {
    if (role.at !== "owning" || claim === undefined || role.againAt < since) continue;
    if (!subject.group.position.has(node)) continue;
    tell(work, node, { address: subject.address, ...claim });
    work.again.push(subject.address);
  }
}

/** Elects anew what may come out otherwise now that these nodes count, or can, differently. */
export function relineFor(work: Work, turned: ReadonlySet<string>): void {
  const few = turned.size <= FEW;
  const nodes = [...turned];
  // Whom MetalLB's speakers believe alive decides about others, too: whether one of them takes itself for the owner.
  if (metallbSpeakers(work.state.roster).length > 0) {
    reline(work, ({ subject: { group } }) => nodes.some((node) => group.position.has(node)));
    return;
  }
  const arrived = nodes.filter((node) => isElectable(work.state.roster, node));
  reline(work, ({ claim, line, subject }) => {
    if (!few || (claim !== undefined && turned.has(claim.node))) return true;
    if (line.some((node) => turned.has(node))) return true;
    return arrived.some((node) => wouldEnter(node, line, subject, work.rules));
  });
}

function reline(work: Work, mayDiffer: (entry: Entry) => boolean): void {
  for (const [place, entry] of work.entries.entries()) {
    if (!mayDiffer(entry)) continue;
    work.touched.add(place);
    putEntry(work, place, withLine(work, entry));
  }
}

function forgetFields(work: Work, turned: ReadonlySet<string>): void {
  const fields = new Map<Group, Field>();
  const nodes = [...turned];
  for (const [group, field] of work.state.fields) {
    if (!nodes.some((node) => group.position.has(node))) fields.set(group, field);
  }
  work.state = { ...work.state, fields };
}

/** Which policy is in force, said when it changes. */
export function decidePolicy(work: Work): void {
  const [policy, because] = policyFor(work);
  const before = work.state.policy;
  if (before === policy && work.state.policyBecause === because) return;
  // What is in force as configured goes without saying.
  const isSaid = work.state.policyBecause === "" ? policy !== work.context.config.policy : before !== policy;
  work.state = { ...work.state, policy, policyBecause: because };
  if (isSaid) log(work, undefined, `owner policy ${policy}, because ${because}`);
}

function policyFor({ context: { config }, state: { roster } }: Work): readonly [OwnerPolicy, string] {
  if (!config.membership) return ["hash", "there is no membership to agree in"];
  if (config.policy === "hash") return ["hash", "it is configured"];
  const speakers = metallbSpeakers(roster);
  const [first] = speakers;
  if (first === undefined) return ["sticky", "it is configured and all members are agents of ours"];
  const others = speakers.length > 1 ? ` and ${speakers.length - 1} more` : "";
  return ["hash", `a speaker of MetalLB is in the ring (${first}${others})`];
}
