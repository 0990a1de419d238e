import { compareIpAddresses, formatIpAddress } from "@steelyard/model/address";
import { kernelAnswers, straySentences } from "./kernel-answers.ts";
import {
  type BindingEffect,
  type BindingReport,
  type BindingState,
  type BindingStep,
  type Outcome,
  type Place,
} from "./types.ts";
import { grantedWishes, outcomeOf, wishesOf } from "./wishes.ts";

type Told = BindingState["told"];

/** Log lines, warnings and report, where they are new. */
export function tell(state: BindingState, removals: readonly Place[]): BindingStep {
  const told = new Map<string, Outcome>();
  for (const wish of wishesOf(state)) {
    const key = formatIpAddress(wish.address);
    const outcome = outcomeOf(state, wish) ?? state.told.get(key);
    if (outcome !== undefined) told.set(key, outcome);
  }
  const report = buildReport(state, told);
  const reported = fingerprint(report);
  const warned = [...stuckSentences(state), ...strays(state)];
  return {
    state: { ...state, told, reported, warned },
    effects: [
      ...removals.map((place) => removal(place, state.told)),
      ...outcomes(state.told, told),
      ...warned
        .filter((sentence) => !state.warned.includes(sentence))
        .map((sentence) => ({ kind: "warning", sentence }) as const),
      ...(reported === state.reported ? [] : [{ kind: "report", report } as const]),
    ],
  };
}

function outcomes(before: Told, after: Told): readonly BindingEffect[] {
  return [...after].flatMap(([key, { address, interface: name, because }]) => {
    const known = before.get(key);
    if (known !== undefined && known.because === because && known.interface === name) return [];
    const to = because === undefined ? "bound" : "not-bound";
    return [
      { kind: "transition", address, to, interface: name, because: because ?? "this node announces it" },
    ];
  });
}

/** What was never told of as bound there must be from an earlier life. */
function removal({ address, interfaceName }: Place, before: Told): BindingEffect {
  const known = before.get(formatIpAddress(address));
  const isKnown = known !== undefined && known.because === undefined;
  return {
    kind: "transition",
    address,
    to: isKnown ? "released" : "swept",
    interface: interfaceName,
    because: isKnown
      ? "it is not to be there any more"
      : "an agent that ended without taking it off left it there",
  };
}

function buildReport(state: BindingState, told: Told): BindingReport {
  const sorted = [...told.values()].sort(byAddress);
  const { links = [], arpSettings } = state;
  const answers = grantedWishes(state).flatMap(({ address, interfaceIndex: boundTo }) =>
    links
      .filter((link) => kernelAnswers(address, boundTo, link, arpSettings.get(link.index)) === "always")
      .map(({ index }) => ({ address, interfaceIndex: index })),
  );
  return {
    bound: sorted.flatMap(({ address, interface: name, because }) =>
      because === undefined ? [{ address, interface: name }] : [],
    ),
    notBound: sorted.flatMap(({ address, because }) => (because === undefined ? [] : [{ address, because }])),
    kernelAnswers: answers.sort(
      (left, right) => byAddress(left, right) || left.interfaceIndex - right.interfaceIndex,
    ),
  };
}

function byAddress(left: Pick<Place, "address">, right: Pick<Place, "address">): number {
  return compareIpAddresses(left.address, right.address);
}

function fingerprint({ bound, notBound, kernelAnswers: answers }: BindingReport): string {
  return JSON.stringify([
    bound.map((each) => [formatIpAddress(each.address), each.interface]),
    notBound.map((each) => [formatIpAddress(each.address), each.because]),
    answers.map((each) => [formatIpAddress(each.address), each.interfaceIndex]),
  ]);
}

function stuckSentences({ changes }: BindingState): readonly string[] {
  return [...changes.values()].flatMap(({ change, at, refusal, place: { address, interfaceName } }) =>
    change === "remove" && at === "refused"
      ? [
          `${formatIpAddress(address)} cannot be taken off interface ${interfaceName} (${refusal ?? "refused"})`,
        ]
      : [],
  );
}

function strays(state: BindingState): readonly string[] {
  return straySentences(grantedWishes(state), state.links ?? [], state.arpSettings);
}
