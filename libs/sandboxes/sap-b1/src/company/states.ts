/**
 * States of the countries that have some in a new company. In the others (GB, FR, NL, …) no state exists, and none can be given.
 * Codes are those of OCST, three characters at most: the ISO 3166-2 code without its country.
 */
const STATES: Readonly<Record<string, string>> = {
  US: `AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD
    TN TX UT VT VA WA WV WI WY PR GU VI`,
  CA: 'AB BC MB NB NL NS NT NU ON PE QC SK YT',
  AU: 'ACT NSW NT QLD SA TAS VIC WA',
  DE: 'BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH',
  IN: 'AN AP AR AS BR CH CG DH DL GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD PB PY RJ SK TN TS TR UK UP WB',
  BR: 'AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO',
};

export interface State {
  readonly Code: string;
  readonly Country: string;
  readonly Name: string;
}

export function listStates(): State[] {
  return Object.entries(STATES).flatMap(([country, codes]) =>
    codes.split(/\s+/).map((code) => ({ Code: code, Country: country, Name: `${country}-${code}` })),
  );
}
