import {
  COMPONENT_REPORTS,
  configurationState,
  type ConfigurationStateStatus,
  configurationStateToApply,
  type ConfigProblem,
} from "@steelyard/model/config";
import {
  BGP_ANNOTATION,
  type BgpReport,
  type ConfigurationStateResource,
  formatBgpReport,
  formatSegmentReport,
  type ObjectMeta,
  SEGMENT_ANNOTATION,
  type SegmentReport,
  statusLabels,
} from "@steelyard/model/resources";

/** A write to this node's ConfigurationState; its status follows when the object is there. */
export type ConfigurationStateWrite =
  | {
      readonly kind: "create";
      readonly namespace: string;
      readonly name: string;
      readonly labels: NonNullable<ObjectMeta["labels"]>;
    }
  | {
      readonly kind: "apply-status";
      readonly namespace: string;
      readonly name: string;
      readonly fieldManager: string;
      readonly status: ConfigurationStateStatus;
    }
  /** A merge patch of one annotation. */
  | {
      readonly kind: "annotate";
      readonly namespace: string;
      readonly name: string;
      readonly annotation: string;
      /** undefined = it goes. */
      readonly value: string | undefined;
    };

export interface ConfigurationStateOptions {
  /** The program's own. */
  readonly namespace: string;
  readonly nodeName: string;
  /** The node's name in the form of a label's value (core/desired/node-label.ts). */
  readonly nodeLabel: string;
}

const COMPONENT = "speaker";

export function configurationStateName(nodeName: string): string {
  return `${COMPONENT}-${nodeName}`;
}

/** What this node's ConfigurationState is to say. */
export interface ConfigurationStateFacts {
  readonly problems: readonly ConfigProblem[];
  /** undefined = it is not known yet: what the object says stands. */
  readonly segment: SegmentReport | undefined;
  /** The same. */
  readonly bgp?: BgpReport | undefined;
}

/**
 * What is to be written so that this node's ConfigurationState says what is wrong with the configuration, in MetalLB's
 * form (reference metallb.md, section 1.9), and of the segment and its routers, in annotations; undefined when it does. `timestamp`:
 * the present moment.
 */
export function planConfigurationState(
  present: ConfigurationStateResource | undefined,
  facts: ConfigurationStateFacts,
  { namespace, nodeName, nodeLabel }: ConfigurationStateOptions,
  timestamp: string,
): ConfigurationStateWrite | undefined {
  const key = { namespace, name: configurationStateName(nodeName) };
  if (present === undefined) {
    const labels = { [statusLabels.componentType]: COMPONENT, [statusLabels.nodeName]: nodeLabel };
    return { kind: "create", ...key, labels };
  }
  const status = configurationStateToApply(present, configurationState(facts.problems, COMPONENT), timestamp);
  const { fieldManager } = COMPONENT_REPORTS[COMPONENT];
  if (status !== undefined) return { kind: "apply-status", ...key, fieldManager, status };
  const news = annotationsOf(facts).find(([name, value]) => present.metadata.annotations?.[name] !== value);
  return news && { kind: "annotate", ...key, annotation: news[0], value: news[1] };
}

/** Those whose value is known; undefined = the annotation is not to be there. */
function annotationsOf({
  segment,
  bgp,
}: ConfigurationStateFacts): readonly (readonly [string, string | undefined])[] {
  return [
    ...(segment === undefined ? [] : [[SEGMENT_ANNOTATION, formatSegmentReport(segment)] as const]),
    ...(bgp === undefined ? [] : [[BGP_ANNOTATION, formatBgpReport(bgp)] as const]),
  ];
}
