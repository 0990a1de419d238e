/**
 * By which an address that this agent has put on an interface is known again, also by the next agent on the host. Three,
 * because no kernel has always had any of them for both families, and a rename may cost the label.
 */
export interface AddressMarks {
  /** IFA_PROTO, since Linux 5.18. */
  readonly protocol: number | undefined;
  /** IFA_RT_PRIORITY, since Linux 4.18. Without a prefix route it has no other effect. */
  readonly metric: number | undefined;
  /** IFA_LABEL; IPv4 only. */
  readonly label: string | undefined;
}

/** "S" and "SY": protocols above 3 and all metrics are free to use. */
export const MARK_PROTOCOL = 0x53;
export const MARK_METRIC = 0x5359;
const LABEL_SUFFIX = ":sy";
/** IFNAMSIZ, without the zero at the end. */
const LONGEST_LABEL = 15;

/** A label has to begin with the name of its interface, which may itself be 15 characters long. */
export function markLabel(interfaceName: string): string {
  return interfaceName.slice(0, LONGEST_LABEL - LABEL_SUFFIX.length) + LABEL_SUFFIX;
}

export function isMarked({ protocol, metric, label }: AddressMarks): boolean {
  return protocol === MARK_PROTOCOL || metric === MARK_METRIC || label?.endsWith(LABEL_SUFFIX) === true;
}
