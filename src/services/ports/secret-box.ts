/** Seals secrets for keeping at rest (authenticated encryption). */
export interface SecretBox {
  seal(plain: Uint8Array): Uint8Array;
  /** Throws when the key is another one or the octets were changed. */
  open(sealed: Uint8Array): Uint8Array;
  /** 16 octets that are the same for the same text, and tell nothing of it to whoever has not the key. */
  mark(text: string): Uint8Array;
}
