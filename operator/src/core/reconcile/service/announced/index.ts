export * from "./announced-condition.ts";
export {
  announcedReasons,
  announcedType,
  type AnnouncedVerdict,
  type AnnouncedReason,
  type AnnouncingSurroundings,
  type NamedAdvertisement,
  type Protocol,
  unknownSurroundings,
} from "./announced-facts.ts";
export { type PodsQuestion, questionToPods } from "./explain-endpoints.ts";
export { explainHeld } from "./explain-segment.ts";
export * from "./hold-down.ts";
