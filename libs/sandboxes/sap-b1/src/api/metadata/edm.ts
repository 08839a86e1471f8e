import type { PropertyKind } from '../../schema/types.ts';

export const NAMESPACE = 'SAPB1';

/** Actions behind an entity of a type. */
export const BOUND_ACTIONS = [{ type: 'Document', parameter: 'DocumentParams', names: ['Cancel', 'Close', 'Reopen'] }];

/** Actions behind the service itself. */
export const SERVICE_ACTIONS = [
  'Login',
  'Logout',
  'CompanyService_GetAdminInfo',
  'CompanyService_GetCompanyInfo',
  'SeriesService_GetDocumentSeries',
  'DraftsService_SaveDraftToDocument',
];

/** What the schema languages call days and times. */
export interface TimeTypes {
  readonly day: string;
  readonly time: string;
}

export function edmTypeOf(kind: PropertyKind, { day, time }: TimeTypes): string {
  switch (kind.kind) {
    case 'int':
      return 'Edm.Int32';
    case 'number':
      return 'Edm.Double';
    case 'text':
      return 'Edm.String';
    case 'day':
      return day;
    case 'time':
      return time;
    case 'list':
      return `Collection(${NAMESPACE}.${kind.type})`;
    default:
      return `${NAMESPACE}.${kind.type}`;
  }
}
