import { type CompanyData, type Row, stampRow, todayOf } from '../company/company.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';

/** Cancel, Close, Reopen. @throws SapFault -5006 when the state does not allow it */
export function moveOrder(
  company: CompanyData,
  document: Row,
  action: 'Cancel' | 'Close' | 'Reopen',
  nowMs: number,
): void {
  const lines = document.DocumentLines as Row[];
  const isOpen = document.DocumentStatus === 'bost_Open';
  const undelivered = lines.filter((line) => Number(line.RemainingOpenQuantity) > 0);
  const isTouched = lines.some((line) => Number(line.RemainingOpenQuantity) < Number(line.Quantity));
  const possible =
    action === 'Reopen'
      ? !isOpen && document.Cancelled !== 'tYES' && undelivered.length > 0
      : isOpen && !(action === 'Cancel' && isTouched);
  if (!possible) throw new SapFault(400, -5006, textOf('unsupported', company.settings.language));
  document.DocumentStatus = action === 'Reopen' ? 'bost_Open' : 'bost_Close';
  if (action === 'Cancel')
    Object.assign(document, { Cancelled: 'tYES', CancelStatus: 'csYes', CancelDate: todayOf(nowMs) });
  // What was delivered whole stays closed when the rest opens again.
  for (const line of action === 'Reopen' ? undelivered : lines) line.LineStatus = document.DocumentStatus;
  stampRow(company, document, nowMs, true);
}

/** A document without open lines is closed. */
export function closeWithLines(document: Row): void {
  if ((document.DocumentLines as Row[]).every((line) => line.LineStatus === 'bost_Close'))
    document.DocumentStatus = 'bost_Close';
}

/** What a delivery note does to its order: pieces leave, full lines and a full order close. */
export function deliverOrder(
  company: CompanyData,
  document: Row,
  quantities: Readonly<Record<string, number>> | null,
  nowMs: number,
): void {
  for (const line of document.DocumentLines as Row[]) {
    // A line that was closed has nothing left to deliver.
    if (line.LineStatus === 'bost_Close') continue;
    const quantity = quantities === null ? Number(line.RemainingOpenQuantity) : (quantities[String(line.LineNum)] ?? 0);
    line.RemainingOpenQuantity = Math.max(0, Number(line.RemainingOpenQuantity) - quantity);
    if (line.RemainingOpenQuantity === 0) line.LineStatus = 'bost_Close';
  }
  closeWithLines(document);
  stampRow(company, document, nowMs, true);
}
