import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackHome } from './home.ts';

/** The usual addresses, which the connections of the demo are written with. */
const USUAL_SANDBOX_URL = 'http://127.0.0.1:7090';
const USUAL_WEBHOOK_URL = 'http://127.0.0.1:7071';

/**
 * Writes the connections and flows to begin with, told where this stack's sandbox and connector listen.
 * @returns the file; null where there are none
 */
export function writeFirstSettings(
  { root, configFile }: { readonly root: string; readonly configFile?: string | null },
  home: StackHome,
  { sandboxUrl, webhookUrl }: { sandboxUrl: string; webhookUrl: string },
): string | null {
  const source = configFile === undefined ? join(root, 'deploy', 'demo.yaml') : configFile;
  if (source === null || !existsSync(source)) return null;
  const written = join(home.folder, 'config.yaml');
  const config = readFileSync(source, 'utf8')
    .replaceAll(USUAL_SANDBOX_URL, sandboxUrl)
    .replaceAll(USUAL_WEBHOOK_URL, webhookUrl);
  writeFileSync(written, config, { mode: 0o600 });
  return written;
}
