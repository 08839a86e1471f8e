import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';

/** Texts that must be nowhere but in their own places, by name. */
export type Canaries = Readonly<Record<string, string>>;

/** Secrets that are made while the test runs, known by their form. */
const RUNTIME_SECRETS: Readonly<Record<string, RegExp>> = {
  'an access token of the shop': /shp(?:at|ca)_[0-9a-f]{16,}/,
  'a session of SAP': /B1SESSION(?:=|%3D)[0-9a-z-]{8,}/i,
};

/** Looks for canaries: as they are, JSON-escaped, encoded for URLs, and in base64 wherever they stand in what was encoded. */
export class SecretSearch {
  readonly found: string[] = [];
  looked = 0;
  readonly #needles: readonly { readonly name: string; readonly text: string }[];

  constructor(canaries: Canaries) {
    this.#needles = Object.entries(canaries).flatMap(([name, value]) => spell(value).map((text) => ({ name, text })));
  }

  look(place: string, content: string | Buffer): void {
    this.looked += 1;
    const text = typeof content === 'string' ? content : content.toString('latin1');
    for (const needle of this.#needles) if (text.includes(needle.text)) this.found.push(`${needle.name} in ${place}`);
    for (const [name, form] of Object.entries(RUNTIME_SECRETS))
      if (form.test(text)) this.found.push(`${name} in ${place}`);
  }

  /** Every file under a folder but the named ones. */
  lookIntoFiles(folder: string, except: readonly string[]): void {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, name);
      if (except.includes(name) || !statSync(path).isFile()) continue;
      this.look(path, readFileSync(path));
    }
  }

  /** Every document of every collection, the log of all writes included; bytes come as base64. */
  async lookIntoDatabase(uri: string): Promise<void> {
    const client = await MongoClient.connect(uri, { directConnection: true });
    try {
      for (const { name: database } of (await client.db().admin().listDatabases()).databases) {
        for (const { name } of await client.db(database).listCollections().toArray()) {
          for await (const document of client.db(database).collection(name).find().batchSize(1_000))
            this.look(`${database}.${name}`, JSON.stringify(document));
        }
      }
    } finally {
      await client.close();
    }
  }

  /** Command line of a process, and its environment but for the variables that are its own. */
  lookIntoProcess(name: string, pid: number, ownVariables: readonly string[]): void {
    this.look(`command line of ${name}`, readFileSync(`/proc/${pid}/cmdline`));
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const others = variables.filter((variable) => !ownVariables.includes(variable.split('=', 1)[0] ?? ''));
    this.look(`environment of ${name}`, others.join('\n'));
  }
}

/** A request carries values in JSON, so what repeats it may hold them escaped, whatever else it does to them. */
function spell(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, escaped, JSON.stringify(escaped).slice(1, -1)].flatMap(spellOnce))];
}

function spellOnce(value: string): string[] {
  const bytes = Buffer.from(value);
  const encoded = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice([0, 2, 3][offset], Math.floor(((offset + bytes.length) * 8) / 6)),
  );
  // Bytes are read one a character; a text of the database as it is.
  return [value, bytes.toString('latin1'), encodeURIComponent(value), ...encoded];
}
