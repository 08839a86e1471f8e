import { isSecretName, type Masker } from '@entrepot/service-kit/masking';

/** Shorter parts of a header (a scheme, a path, a node's number) are no secrets. */
const SHORTEST_CREDENTIAL = 8;

/** Learns what the headers of a request carry as credentials: the vendor may repeat them in what it answers. */
export function learnFromHeaders(masker: Masker, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) if (isSecretName(name)) learnCredentials(masker, value);
}

/** Learns the credentials in a header's value: `B1SESSION=…; ROUTEID=…`, `Bearer …`, a bare token. */
export function learnCredentials(masker: Masker, value: string): void {
  for (const part of value.split(/[;,\s]+/)) {
    const credential = /^[\w.-]+=(?=[^=])/.test(part) ? part.slice(part.indexOf('=') + 1) : part;
    if (credential.length >= SHORTEST_CREDENTIAL) masker.learn(credential);
  }
}
