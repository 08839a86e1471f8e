/** Terms people type to find a record: each as it is, and business numbers also without their leading `#`. */
export function searchTerms(terms: readonly (string | null | undefined)[]): string[] {
  const given = terms.filter((term): term is string => term !== null && term !== undefined && term !== '');
  return [
    ...new Set(given.flatMap((term) => (term.startsWith('#') && term.length > 1 ? [term, term.slice(1)] : [term]))),
  ];
}
