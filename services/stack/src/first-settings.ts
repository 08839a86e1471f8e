import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { webhookVariable } from '@entrepot/vendors/variables';
import { parse } from 'yaml';
import type { StackHome } from './home.ts';
import { SANDBOX, type ServiceEntry, VENDOR_SERVICES } from './processes/catalogue.ts';

/**
 * Writes the connections and flows to begin with. The usual addresses, which they are written with, become those of this stack's sandbox
 * and connectors.
 * @returns the file; null where there are none
 */
export function writeFirstSettings(
  { root, configFile }: { readonly root: string; readonly configFile?: string | null },
  home: StackHome,
  sandboxUrl: string,
  listening: readonly ServiceEntry[],
): string | null {
  const source = configFile === undefined ? join(root, 'deploy', 'demo.yaml') : configFile;
  if (source === null || !existsSync(source)) return null;
  const moved = new Map([[SANDBOX.port, sandboxUrl]]);
  for (const { name, port } of VENDOR_SERVICES) {
    const entry = listening.find((candidate) => candidate.name === name);
    if (entry !== undefined) moved.set(port, `http://127.0.0.1:${entry.port}`);
  }
  // In one pass: an address that was moved may be another's usual one.
  const config = readFileSync(source, 'utf8').replace(
    /http:\/\/127\.0\.0\.1:(\d+)/g,
    (address, port: string) => moved.get(Number(port)) ?? address,
  );
  const written = join(home.folder, 'config.yaml');
  writeFileSync(written, config, { mode: 0o600 });
  return written;
}

interface FirstSettings {
  readonly connections?: readonly {
    readonly vendor: string;
    readonly settings?: { readonly webhookUrl?: string | null };
  }[];
}

/** Where the simulators send their webhooks: to the first connection of their vendor that names an address for them. */
export function readWebhookUrls(configFile: string): NodeJS.ProcessEnv {
  const { connections = [] } = parse(readFileSync(configFile, 'utf8')) as FirstSettings;
  const urls: Record<string, string> = {};
  for (const { vendor, settings } of connections) {
    if (settings?.webhookUrl) urls[webhookVariable(vendor)] ??= settings.webhookUrl;
  }
  return urls;
}
