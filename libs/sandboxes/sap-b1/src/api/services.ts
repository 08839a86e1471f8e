import { countryOf } from '../company/company.ts';
import { SapFault } from '../protocol/sap-fault.ts';
import type { CallScope, SapReply, SapRequest } from './request.ts';

/** Service functions that return settings; null when `name` is none of them. */
export function callService(scope: CallScope, name: string, request: SapRequest): SapReply | null {
  switch (name) {
    case 'CompanyService_GetAdminInfo':
      return reply(readAdminInfo(scope));
    case 'CompanyService_GetCompanyInfo':
      return reply({ CompanyName: scope.company.name, Version: 1000340, EnableTransactionNotification: 'tYES' });
    case 'SeriesService_GetDocumentSeries':
      return reply({ value: listSeries(scope, request) });
    default:
      return null;
  }
}

function readAdminInfo(scope: CallScope): object {
  const { settings, name } = scope.company;
  if (!settings.permitted) throw new SapFault(403, -6006, 'You are not permitted to perform this action');
  return {
    CompanyName: name,
    Country: countryOf(scope.company),
    LocalCurrency: settings.localCurrency,
    SystemCurrency: settings.localCurrency,
    TotalsAccuracy: 2,
    AccuracyofQuantities: settings.quantityDigits,
    PriceAccuracy: settings.priceDigits,
    RateAccuracy: 6,
    PercentageAccuracy: settings.percentDigits,
    EnableBranches: 'tNO',
    EnableApprovalProcedureInDI: settings.approvals ? 'tYES' : 'tNO',
  };
}

function listSeries(scope: CallScope, request: SapRequest): object[] {
  const parameters = (request.body as { DocumentTypeParams?: { Document?: unknown } } | null)?.DocumentTypeParams;
  const document = String(parameters?.Document ?? '');
  return scope.company.series
    .filter((series) => series.document === document)
    .map((series) => ({
      Document: series.document,
      Series: series.series,
      Name: series.name,
      Prefix: series.prefix,
      NextNumber: series.next,
      Locked: series.locked ? 'tYES' : 'tNO',
      IsManual: series.next === 0 ? 'tYES' : 'tNO',
    }));
}

function reply(body: object): SapReply {
  return { status: 200, headers: {}, body };
}
