/** Small facts that all server processes share. */
export interface SettingStore {
  /** Stores the value unless the key has one. Returns what holds now: of two at once, both get the same. */
  keepFirst(key: string, value: string): Promise<string>;
  get(key: string): Promise<string | undefined>;
}
