export { openGate, stepGate } from "./step.ts";
export { type GateEffect, type GateInput, type GateState, type GateStep, type ShutBecause } from "./types.ts";
