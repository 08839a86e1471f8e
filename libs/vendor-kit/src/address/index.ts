export { ALLOWED_BY_EARLIER_RELEASES } from './allowed.ts';
export { InvalidBaseUrl, validateBaseUrl } from './base-url.ts';
export { addressSettingsShape, checkBaseUrl } from './setting.ts';
