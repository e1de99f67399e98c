/** What the process tells the data plane, beyond the configuration. */
export abstract class DataPlaneOptions {
  /** Headers that every answer carries. */
  abstract readonly commonHeaders: Readonly<Record<string, string>>;
}
