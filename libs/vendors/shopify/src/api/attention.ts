/** Several findings of one connection, told to the operator as one message. */
export interface AttentionBoard {
  /** Sets or (null) takes back one finding. */
  note(finding: string, message: string | null): void;
}

export function createAttentionBoard(raiseAttention: (message: string | null) => void): AttentionBoard {
  const findings = new Map<string, string>();
  return {
    note: (finding, message) => {
      if ((findings.get(finding) ?? null) === message) return;
      if (message === null) findings.delete(finding);
      else findings.set(finding, message);
      raiseAttention(findings.size === 0 ? null : [...findings.values()].join(' '));
    },
  };
}
