import type { SapFault } from './sap-fault.ts';

/** What differs between `/b1s/v1` (OData 3) and `/b1s/v2` (OData 4). */
export type Version = 'v1' | 'v2';

export function writeFault(version: Version, fault: SapFault): unknown {
  return version === 'v1'
    ? { error: { code: fault.code, message: { lang: 'en-us', value: fault.message } } }
    : { error: { code: String(fault.code), details: [{ code: '', message: '' }], message: fault.message } };
}

/** Control properties of a single entity. */
export function writeEntity(
  version: Version,
  service: string,
  entitySet: string,
  row: object,
  etag: string | null,
): object {
  return version === 'v1'
    ? {
        'odata.metadata': `${service}/$metadata#${entitySet}/@Element`,
        ...(etag === null ? {} : { 'odata.etag': etag }),
        ...row,
      }
    : {
        '@odata.context': `${service}/$metadata#${entitySet}/$entity`,
        ...(etag === null ? {} : { '@odata.etag': etag }),
        ...row,
      };
}

/** A property of an entity by itself. */
export function writeProperty(version: Version, service: string, path: string, value: unknown): object {
  const [context, prefix] = version === 'v1' ? ['odata.metadata', 'odata'] : ['@odata.context', '@odata'];
  return { [context]: `${service}/$metadata#${path}`, ...(value === null ? { [`${prefix}.null`]: true } : { value }) };
}

export interface PageInfo {
  readonly rows: readonly object[];
  readonly nextLink: string | null;
  readonly count: number | null;
}

export function writePage(version: Version, service: string, entitySet: string, page: PageInfo): object {
  if (version === 'v1') {
    return {
      'odata.metadata': `${service}/$metadata#${entitySet}`,
      ...(page.count === null ? {} : { 'odata.count': String(page.count) }),
      value: page.rows,
      ...(page.nextLink === null ? {} : { 'odata.nextLink': page.nextLink }),
    };
  }
  return {
    '@odata.context': `${service}/$metadata#${entitySet}`,
    ...(page.count === null ? {} : { '@odata.count': page.count }),
    value: page.rows,
    ...(page.nextLink === null ? {} : { '@odata.nextLink': page.nextLink }),
  };
}

/** A day as the version writes it: Edm.DateTime gives the bare day on live v1 servers, Edm.DateTimeOffset midnight UTC. */
export function writeDay(version: Version, day: string): string {
  return version === 'v1' ? day : `${day}T00:00:00Z`;
}

export function etagProperty(version: Version): string {
  return version === 'v1' ? 'odata.etag' : '@odata.etag';
}
