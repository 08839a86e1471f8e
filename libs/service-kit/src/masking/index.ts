export { createMasker, isSecretName, type Masker, maskFacts, NAMES_ONLY } from './masker.ts';
