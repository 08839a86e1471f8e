export interface ImportSummary {
  /** Ids of connections and flows. */
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: readonly string[];
}

/** Connections and flows as one YAML file: `version: 1`, `connections: […]`, `flows: […]`. */
export interface Configuration {
  /** Everything but secrets. */
  exportYaml(): Promise<string>;
  /**
   * Creates and updates what the file names; what it does not name, secrets included, is left alone. Nothing is written unless all of it is valid.
   * @throws InvalidSettings with every problem and its path in the file
   */
  importYaml(text: string): Promise<ImportSummary>;
  /** Imports a file if there is no connection yet. @returns null when there was one */
  loadIntoEmptyStore(file: string): Promise<ImportSummary | null>;
}
