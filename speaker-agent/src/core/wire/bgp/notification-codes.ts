/** Error codes and subcodes of NOTIFICATION that somebody here sends or explains (IANA, "BGP Error (Notification) Codes"). */
export const NOTIFICATION = {
  header: 1,
  open: 2,
  update: 3,
  holdTimerExpired: 4,
  stateMachine: 5,
  cease: 6,
  routeRefresh: 7,
  sendHoldTimerExpired: 8,
} as const;

/** RFC 4271, section 6.1. */
export const HEADER_ERROR = { notSynchronized: 1, badLength: 2, badType: 3 } as const;

/** RFC 4271, section 6.2; 5 is of RFC 1771, 7 of RFC 5492, 11 of RFC 9234. */
export const OPEN_ERROR = {
  unspecific: 0,
  unsupportedVersion: 1,
  badPeerAs: 2,
  badIdentifier: 3,
  unsupportedParameter: 4,
  authenticationFailure: 5,
  unacceptableHoldTime: 6,
  unsupportedCapability: 7,
  roleMismatch: 11,
} as const;

/** RFC 4271, section 6.3; 7 is of RFC 1771. */
export const UPDATE_ERROR = {
  malformedAttributeList: 1,
  unrecognizedWellKnown: 2,
  missingWellKnown: 3,
  attributeFlags: 4,
  attributeLength: 5,
  invalidOrigin: 6,
  routingLoop: 7,
  invalidNextHop: 8,
  optionalAttribute: 9,
  invalidNetworkField: 10,
  malformedAsPath: 11,
} as const;

/** RFC 6608. */
export const STATE_MACHINE_ERROR = { openSent: 1, openConfirm: 2, established: 3 } as const;

/** RFC 4486; 9 is of RFC 8538, 10 of RFC 9384. */
export const CEASE = {
  maximumPrefixes: 1,
  administrativeShutdown: 2,
  peerDeconfigured: 3,
  administrativeReset: 4,
  connectionRejected: 5,
  otherConfigurationChange: 6,
  connectionCollision: 7,
  outOfResources: 8,
  hardReset: 9,
  bfdDown: 10,
} as const;

/** RFC 7313, section 5. */
export const ROUTE_REFRESH_ERROR = { invalidLength: 1 } as const;
