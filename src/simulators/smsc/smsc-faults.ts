/** What a simulated SMSC does wrong; everything absent is done right. Durations in milliseconds. */
export interface SmscFaults {
  /** Refuse every bind of a client with this command_status. */
  readonly bindStatus?: number;
  /** Refuse submits with this command_status… */
  readonly submitStatus?: number;
  /** …this share of them, 0…100; absent means all. */
  readonly submitStatusPercent?: number;
  /** Answer submits this much later, plus a random part up to `jitterMs` (answers then come out of order). */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** Answer ESME_RTHROTTLED beyond this many submits in a second. */
  readonly throttlePerSecond?: number;
  /** Answer ESME_RTHROTTLED to this share of submits, 0…100. */
  readonly throttlePercent?: number;
  /** Answer ESME_RMSGQFUL to this share of submits, 0…100. */
  readonly queueFullPercent?: number;
  /** Cut the connection at this share of submits, 0…100, without an answer. The message was taken in. */
  readonly dropPercent?: number;
  /** Never answer this share of submits, 0…100. The message was taken in. */
  readonly silentPercent?: number;
  /** Cut the connection at its n-th submit (from 1), without an answer. The message was taken in. */
  readonly dropAtSubmit?: number;
  /** Cut the connection in the middle of the answer to its n-th submit. */
  readonly dropMidPduAtSubmit?: number;
  /** Answer the n-th submit with octets that are no SMPP. */
  readonly garbageAtSubmit?: number;
  /** Answer the n-th submit with a PDU that says it has so many octets; fewer than 16 and more than 16,384 are lies. */
  readonly wrongLengthAtSubmit?: { readonly submit: number; readonly length: number };
  /** Never answer submits; the rest is answered. */
  readonly silentSubmits?: boolean;
  /** Never answer anything after the bind. */
  readonly silent?: boolean;
  /** Never answer, not even the bind. */
  readonly mute?: boolean;
}
