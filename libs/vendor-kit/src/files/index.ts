export { type FileExchange, type FileExchangeOptions, type FilePlace, openExchange } from './exchange.ts';
export { FOLDERS_VARIABLE } from './folder.ts';
export { createFileJobs, type FileJobs, type JobOptions, type JobRow, type JobState } from './jobs.ts';
export { folderSetting } from './paths.ts';
export {
  checkFileAccess,
  createTransport,
  type FileAccess,
  type FileSecrets,
  fileSecretsShape,
  fileSettingsShape,
} from './settings.ts';
export { type FilePage, identifyRow, type TakeOptions, takeFiles } from './take/take-files.ts';
export type { FileEntry, FileTransport } from './transport.ts';
