export * from './oauth.ts';
export * from './shared-credential.ts';
export type { CredentialVault, KeptCredential } from './vault.ts';
