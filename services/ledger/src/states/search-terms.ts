/** A term as it is searched for and found by: business numbers without their leading `#`, as most people leave it out. */
export function searchTerm(term: string): string {
  return term.startsWith('#') && term.length > 1 ? term.slice(1) : term;
}

/** Terms people type to find a record. */
export function searchTerms(terms: readonly (string | null | undefined)[]): string[] {
  const given = terms.filter((term): term is string => term !== null && term !== undefined && term !== '');
  return [...new Set(given.map(searchTerm))];
}
