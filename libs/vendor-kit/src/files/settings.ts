import { wholeNumber } from '@entrepot/mapping';
import { z } from 'zod';
import { refuseHost } from '../address/base-url.ts';
import { visibleIf } from '../settings/form.ts';
import { createFolder } from './folder.ts';
import { checkFolder } from './paths.ts';
import { createSftp } from './sftp.ts';
import type { FileTransport } from './transport.ts';

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}=?$/;
const OF_SFTP = ['sftp'] as const;

/** Where the files of a connection are. */
export const fileAccessSchema = z
  .strictObject({
    by: z.enum(['folder', 'sftp']).describe('A folder of this machine, or an SFTP server'),
    root: z
      .string()
      .max(500, 'must have at most 500 characters')
      .default('')
      .describe(
        'The folder that holds all others. Of this machine: within the folder that ENTREPOT_FILES_FOLDER names. Of a server: from where its user signs in, or with / from the top',
      ),
    host: visibleIf(
      'settings.files.by',
      OF_SFTP,
      z
        .string()
        .max(253, 'must have at most 253 characters')
        .nullable()
        .default(null)
        .describe('Name or address of the SFTP server'),
    ),
    port: visibleIf(
      'settings.files.by',
      OF_SFTP,
      wholeNumber('Port of the SFTP server', { min: 1, max: 65_535 }).default(22),
    ),
    user: visibleIf(
      'settings.files.by',
      OF_SFTP,
      z.string().max(100, 'must have at most 100 characters').nullable().default(null).describe('Who signs in there'),
    ),
    hostKey: visibleIf(
      'settings.files.by',
      OF_SFTP,
      z
        .string()
        .regex(FINGERPRINT, 'must be a fingerprint as ssh-keygen -lf prints it: SHA256: and 43 characters')
        .nullable()
        .default(null)
        .describe(
          "Fingerprint of the server's host key (SHA256:…), from whoever runs the server; a server with another key is refused",
        ),
    ),
  })
  .superRefine((files, context) => {
    const fault = checkFolder(files.by === 'sftp' ? files.root.replace(/^\//, '') : files.root);
    if (fault !== null) context.addIssue({ code: 'custom', path: ['root'], message: fault });
    if (files.by !== 'sftp') return;
    for (const field of ['host', 'user', 'hostKey'] as const) {
      if (files[field] === null || files[field] === '') {
        context.addIssue({ code: 'custom', path: [field], message: 'is needed for an SFTP server' });
      }
    }
  });

export type FileAccess = z.infer<typeof fileAccessSchema>;

/** Spread into a vendor's settings beside `addressSettingsShape`; see {@link checkFileAccess}. */
export const fileSettingsShape = { files: fileAccessSchema.describe('Where the files are') };

/** Spread into a vendor's secrets. */
export const fileSecretsShape = {
  password: z.string().max(1_000, 'must have at most 1000 characters').optional().describe('Password of the SFTP user'),
  privateKey: z
    .string()
    .max(20_000, 'must have at most 20000 characters')
    .optional()
    .describe('Private key of the SFTP user, in the format of OpenSSH or PEM'),
  passphrase: z.string().max(1_000, 'must have at most 1000 characters').optional().describe('Passphrase of that key'),
};

const fileSecretsSchema = z.object(fileSecretsShape);
export type FileSecrets = z.infer<typeof fileSecretsSchema>;

/** Checks the host of the files within a connection's settings schema (`superRefine`). */
export function checkFileAccess(
  context: Pick<z.RefinementCtx, 'addIssue'>,
  { files, allowedAddresses }: { readonly files: FileAccess; readonly allowedAddresses: readonly string[] },
): void {
  const refusal =
    files.by === 'sftp' && files.host !== null ? refuseHost(files.host.toLowerCase(), allowedAddresses) : null;
  if (refusal !== null) context.addIssue({ code: 'custom', path: ['files', 'host'], message: refusal });
}

/** The transport of checked settings. */
export function createTransport(
  files: FileAccess,
  secrets: FileSecrets,
  allowedAddresses: readonly string[],
): FileTransport {
  const { by, root, host, port, user, hostKey } = files;
  if (by === 'folder') return createFolder(root);
  if (host === null || user === null || hostKey === null) throw new TypeError('settings that were not checked');
  return createSftp({ host, port, user, hostKey, root, allowedAddresses, credentials: secrets });
}
