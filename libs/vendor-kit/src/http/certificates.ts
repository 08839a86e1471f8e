import { X509Certificate } from 'node:crypto';
import { z } from 'zod';

const MAX_CHARS = 100_000;
const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** A setting that holds certificates: one or several in PEM (X.509), and nothing else. */
export function certificates(help: string) {
  return z
    .string()
    .max(MAX_CHARS, { error: `must have at most ${MAX_CHARS} characters`, abort: true })
    .superRefine((pem, context) => {
      const message = checkCertificates(pem);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .describe(`${help}; certificates in PEM (X.509), at most ${MAX_CHARS} characters`);
}

/** Says what is wrong, or null; never quotes the text, which may hold a key by mistake. */
function checkCertificates(pem: string): string | null {
  const blocks = [...pem.matchAll(PEM_BLOCK)];
  if (blocks.some(([, label]) => label?.endsWith('PRIVATE KEY'))) {
    return 'holds a private key: settings are shown to people, so only certificates may stand here';
  }
  const place = (index: number) => (blocks.length === 1 ? '' : ` ${index + 1}`);
  if (blocks.length === 0) return 'must be a certificate in PEM, beginning with -----BEGIN CERTIFICATE-----';
  for (const [index, [block, label]] of blocks.entries()) {
    if (label !== 'CERTIFICATE') return `holds something else than certificates (block${place(index)})`;
    try {
      new X509Certificate(block);
    } catch {
      return `holds a block${place(index)} that is no certificate (X.509)`;
    }
  }
  // Comments around the blocks are usual (openssl writes them); half a block is none.
  return /-----BEGIN|-----END/.test(pem.replace(PEM_BLOCK, '')) ? 'holds a certificate that is cut off' : null;
}
