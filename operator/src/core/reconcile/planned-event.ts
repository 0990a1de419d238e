/** An event that a plan wants recorded on an object; the reasons are MetalLB's (reference metallb.md, section 3.10). */
export interface PlannedEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}
