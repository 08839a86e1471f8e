import { connectorService } from '@entrepot/connector-runtime';
import type { OpenClients } from '@entrepot/runtime-kit/clients';
import { type Environment, type OpenedService, openService } from '@entrepot/service-kit';
import { sinkService } from '@entrepot/sink-runtime';
import { type ListedVendor, portsOf } from '@entrepot/vendors';

/** A connector or a sink that runs in the host. */
export interface HostedPart {
  /** As the process would be named, connector or sink and the vendor's name. */
  readonly name: string;
  readonly service: OpenedService;
}

/**
 * Opens the connector and the sink of a vendor, each on its own ports.
 * @param env of the host; the ports of a part come from its own variables, as the list of vendors names them
 * @param clients of the host: both sides of a connection work with one
 */
export async function openParts(
  listed: ListedVendor,
  env: Environment,
  clients: OpenClients,
  onFailure: (part: string) => void,
): Promise<HostedPart[]> {
  const vendor = await listed.load();
  const { connector, sink } = portsOf(listed);
  const parts: HostedPart[] = [];
  if (connector !== null) {
    const { port, portVariable, operationsPort, operationsPortVariable } = connector;
    const own = {
      ...env,
      ENTREPOT_PORT: env[portVariable],
      ENTREPOT_OPERATIONS_PORT: env[operationsPortVariable],
    };
    const service = openService(connectorService(vendor, { port, operationsPort, clients }), own, () =>
      onFailure(connector.name),
    );
    parts.push({ name: connector.name, service });
  }
  if (sink !== null) {
    const own = { ...env, ENTREPOT_PORT: env[sink.portVariable] };
    const service = openService(sinkService(vendor, { defaultPort: sink.port, clients }), own, () =>
      onFailure(sink.name),
    );
    parts.push({ name: sink.name, service });
  }
  return parts;
}
