export { type FileExchange, type FileExchangeOptions, type FilePlace, openExchange } from './exchange.ts';
export { FOLDERS_VARIABLE } from './folder.ts';
export { folderSetting } from './paths.ts';
export {
  checkFileAccess,
  createTransport,
  type FileAccess,
  type FileSecrets,
  fileSecretsShape,
  fileSettingsShape,
} from './settings.ts';
export type { FileEntry, FileTransport } from './transport.ts';
