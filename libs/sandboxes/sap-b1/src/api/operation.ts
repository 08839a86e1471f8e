import type { Version } from '../protocol/version.ts';

/** Entity set, with the action behind it: `Orders`, `Orders.Cancel`, `Login`, `$batch`. */
export function readOperation(path: string): string | null {
  const match = /^\/b1s\/v[12]\/([\w$]+)(?:\(.*\))?(?:\/(\w+))?$/.exec(path);
  if (match === null) return null;
  return match[2] === undefined ? (match[1] ?? null) : `${match[1]}.${match[2]}`;
}

export function readVersion(path: string): Version {
  return path.startsWith('/b1s/v1') ? 'v1' : 'v2';
}
