/** A refusal in Service Layer's own terms; thrown by handlers, written by the protocol layer in the version's shape. */
export class SapFault extends Error {
  override readonly name = 'SapFault';
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export type Language = 'en' | 'de' | 'es' | 'pt';

/** Texts that servers give in the company's language: clients must not match them. */
const TEXTS = {
  notFound: {
    en: 'No matching records found (ODBC -2028)',
    de: 'Keine übereinstimmenden Datensätze gefunden (ODBC -2028)',
    pt: 'Nenhum registro concordante encontrado (ODBC -2028)',
    es: 'No se han encontrado registros coincidentes (ODBC -2028)',
  },
  exists: {
    en: 'This entry already exists in the following tables (ODBC -2035)',
    de: 'Dieser Eintrag existiert bereits in den folgenden Tabellen (ODBC -2035)',
    pt: 'Esta entrada já existe nas seguintes tabelas (ODBC -2035)',
    es: 'Esta entrada ya existe en las tablas siguientes (ODBC -2035)',
  },
  stale: {
    en: 'Another user or another operation modified data; to continue, open the window again (ODBC -2039)',
    de: 'Ein anderer Benutzer oder Vorgang hat Daten geändert; öffnen Sie das Fenster erneut (ODBC -2039)',
    pt: 'Outro usuário ou outra operação modificou os dados; abra novamente a janela (ODBC -2039)',
    es: 'Otro usuario u operación ha modificado los datos; vuelva a abrir la ventana (ODBC -2039)',
  },
  unsupported: {
    en: 'The requested action is not supported for this object.',
    de: 'Die gewünschte Aktion wird für dieses Objekt nicht unterstützt.',
    pt: 'A ação solicitada não é suportada para este objeto.',
    es: 'La acción solicitada no es compatible con este objeto.',
  },
  closed: {
    en: 'The document is closed or cancelled and cannot be changed',
    de: 'Der Beleg ist geschlossen oder storniert und kann nicht geändert werden',
    pt: 'O documento está encerrado ou cancelado e não pode ser alterado',
    es: 'El documento está cerrado o cancelado y no se puede modificar',
  },
  noCode: { en: 'Code undefined', de: 'Code nicht definiert', pt: 'Código não definido', es: 'Código no definido' },
  badCode: {
    en: 'Enter valid code',
    de: 'Geben Sie einen gültigen Code ein',
    pt: 'Insira um código válido',
    es: 'Introduzca un código válido',
  },
  fieldSize: {
    en: 'Field size deviates from column definition',
    de: 'Feldlänge weicht von der Spaltendefinition ab',
    pt: 'Tamanho do campo diverge da definição da coluna',
    es: 'El tamaño del campo difiere de la definición de la columna',
  },
  inactive: { en: 'is inactive', de: 'ist inaktiv', pt: 'está inativo', es: 'está inactivo' },
  badDate: {
    en: 'Date deviates from permissible range',
    de: 'Datum liegt außerhalb des zulässigen Bereichs',
    pt: 'A data diverge do intervalo permitido',
    es: 'La fecha difiere del rango permitido',
  },
  badQuantity: {
    en: 'Quantity must be greater than zero',
    de: 'Die Menge muss größer als null sein',
    pt: 'A quantidade deve ser maior que zero',
    es: 'La cantidad debe ser mayor que cero',
  },
  noRate: {
    en: 'Update the exchange rate',
    de: 'Aktualisieren Sie den Umrechnungskurs',
    pt: 'Atualize a taxa de câmbio',
    es: 'Actualice el tipo de cambio',
  },
  noLines: {
    en: 'Document requires at least one line',
    de: 'Der Beleg benötigt mindestens eine Zeile',
    pt: 'O documento requer pelo menos uma linha',
    es: 'El documento requiere al menos una línea',
  },
  delivered: {
    en: 'Quantity cannot be less than what has been delivered',
    de: 'Die Menge darf nicht kleiner als die gelieferte Menge sein',
    pt: 'A quantidade não pode ser menor que a quantidade entregue',
    es: 'La cantidad no puede ser inferior a la cantidad entregada',
  },
  badState: {
    en: 'Enter valid state',
    de: 'Geben Sie einen gültigen Bundesstaat ein',
    pt: 'Insira um estado válido',
    es: 'Introduzca un estado válido',
  },
  negativeStock: {
    en: 'Quantity falls into negative inventory',
    de: 'Menge fällt in negativen Bestand',
    pt: 'A quantidade recai em estoque negativo',
    es: 'La cantidad recae en inventario negativo',
  },
} as const;

export type TextKey = keyof typeof TEXTS;

export function textOf(key: TextKey, language: Language): string {
  return TEXTS[key][language];
}
