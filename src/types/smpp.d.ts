/**
 * Types for the parts of npm `smpp` 0.5.1 in use: its PDU codec. Its Session is not used (it has no response
 * time-out, no window, and goes deaf on a bad PDU); connections are handled on the socket itself.
 */
declare module 'smpp' {
  export type PduFields = Readonly<Record<string, string | number | Buffer | undefined>>;

  export interface Pdu {
    readonly command: string;
    readonly command_id: number;
    readonly command_status: number;
    readonly sequence_number: number;
    /** @throws Error for a value that does not fit its field */
    toBuffer(): Buffer;
    readonly [field: string]: unknown;
  }

  const smpp: {
    readonly PDU: {
      new (command: string, fields?: PduFields): Pdu;
      /** Reads a whole frame. @throws Error */
      new (frame: Buffer): Pdu;
      readonly maxLength: number;
    };
    readonly commands: Readonly<Record<string, { readonly id: number }>>;
    readonly commandsById: Readonly<Record<number, { readonly id: number; readonly command: string }>>;
  };
  export default smpp;
}
