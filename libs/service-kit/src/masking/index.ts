export { maskFacts } from './facts.ts';
export { createMasker, type Masker, NAMES_ONLY } from './masker.ts';
export { isSecretName } from './names.ts';
