import { serviceAnnotations, type ServiceResource } from "@steelyard/model/resources";
import { heldAddresses, isHandledService } from "@steelyard/model/services";
import { keyOf } from "./allocation-state.ts";
import { type TermContext } from "./term-context.ts";

/** Says in the log what a term begins with; before its first write. */
export function reportStart({ reader, state, options, log }: TermContext): void {
  const handled = [...reader.services.list()].filter((service) =>
    isHandledService(service, options.lbClasses),
  );
  const holding = handled.filter((service) => state.book.observedFor(keyOf(service)).length > 0);
  const losing = handled.filter(showsOurs);
  const namespace = options.configNamespace;
  // The one mistake that costs every Service its address at once: what is meant by "no pool any more" is another place.
  if (reader.pools.size === 0 && losing.length > 0)
    log.warn(
      { namespace, services: losing.length },
      `there is no IPAddressPool in namespace ${namespace}: ${describeLoss(losing.length)}; ` +
        "is this the operator's namespace?",
    );
  log.info(
    { services: handled.length, holding: holding.length, pools: state.built.config.pools.length },
    "every held address is adopted",
  );
}

function describeLoss(services: number): string {
  return services === 1 ? "1 Service loses its address" : `${services} Services lose their addresses`;
}

/** Shows an address that an operator has given it. */
function showsOurs(service: ServiceResource): boolean {
  const pool = service.metadata.annotations?.[serviceAnnotations.ipAllocatedFromPool.name];
  return pool !== undefined && heldAddresses(service).addresses.length > 0;
}
