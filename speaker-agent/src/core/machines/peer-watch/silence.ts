import { type Instant, instantAfter } from "@steelyard/model/foundation";
import {
  type GoneCause,
  KERNEL_PAUSE,
  KERNEL_QUESTION_INTERVAL,
  KERNEL_QUESTIONS,
  type KernelRound,
  type PeerState,
  STALL_PATIENCE,
} from "./types.ts";

type SilentPeer = Extract<PeerState, { at: "silent" }>;

/** What the silence of a peer means by now: nothing yet, that its kernel has to be asked, or that it is gone. */
export type Judgement =
  | { readonly kind: "wait"; readonly kernel: KernelRound | undefined }
  | { readonly kind: "ask"; readonly kernel: KernelRound }
  | { readonly kind: "gone"; readonly cause: GoneCause };

/** @param connected this node hears somebody else, or there is nobody else */
export function judgeSilence({ heardAt, kernel }: SilentPeer, now: Instant, connected: boolean): Judgement {
  // Whether it is gone or stalls cannot be told from afar: gossip, which is more patient, decides.
  if (kernel === undefined || now < kernel.nextAt) return { kind: "wait", kernel };
  if (kernel.asked < KERNEL_QUESTIONS) {
    const nextAt = instantAfter(now, KERNEL_QUESTION_INTERVAL);
    return { kind: "ask", kernel: { ...kernel, asked: kernel.asked + 1, nextAt } };
  }
  if (!kernel.answered && connected) return { kind: "gone", cause: "node-gone" };
  if (kernel.answered && now - heardAt >= STALL_PATIENCE) return { kind: "gone", cause: "stalled" };
  return { kind: "wait", kernel: { asked: 0, nextAt: instantAfter(now, KERNEL_PAUSE), answered: false } };
}
