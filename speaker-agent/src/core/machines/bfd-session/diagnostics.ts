/** RFC 5880, section 4.1. */
export const NO_DIAGNOSTIC = 0;
export const DETECTION_TIME_EXPIRED = 1;
export const ECHO_FAILED = 2;
export const NEIGHBOR_SIGNALED_DOWN = 3;
export const ADMINISTRATIVELY_DOWN = 7;

const SENTENCES: readonly string[] = [
  "it gives no reason",
  "it has heard nothing from this node for its detection time",
  "its echo packets did not come back",
  "it was told by this node that the session is down",
  "its forwarding plane was reset",
  "it has found the path down",
  "a path behind it is down",
  "it was taken down administratively",
  "a path behind it is down in the other direction",
];

/** What the router's diagnostic says, as the end of a sentence. */
export function describeDiagnostic(diagnostic: number): string {
  return SENTENCES[diagnostic] ?? `its reason is number ${diagnostic}, which no RFC of BFD explains`;
}
