import { rmSync } from 'node:fs';
import { type Stack, startStack } from '@entrepot/stack';
import { REPLICAS, withoutGivenServers, writeConfig } from '../chaos/surroundings/stack-home.ts';

/**
 * Starts the whole product with two sinks and two connectors.
 * @param demoOf the checkout whose demo is loaded: the build that starts first must be able to read its settings
 * @param programOf returns the program of a process at each of its starts; null: that of this checkout
 */
export async function startRollingStack(
  root: string,
  home: string,
  demoOf: string,
  programOf: (process: string) => string | null,
  signal: AbortSignal,
  onNote: (line: string) => void,
): Promise<Stack> {
  const configFile = `${home}.yaml`;
  writeConfig(configFile, demoOf);
  try {
    return await startStack({
      root,
      env: { ...withoutGivenServers(), ENTREPOT_HOME: home },
      anyPorts: true,
      configFile,
      replicas: REPLICAS,
      programOf,
      signal,
      onNote,
    });
  } finally {
    // Already copied into the stack's home.
    rmSync(configFile, { force: true });
  }
}
