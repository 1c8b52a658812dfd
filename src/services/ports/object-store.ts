/** A large value that a device has sent, all of it. */
export interface StoredObject {
  readonly id: string;
  /** The device's `deviceId`. */
  readonly deviceId: string;
  /** The delivery that asked for it; absent when the device sent it of itself. */
  readonly deliveryId?: string;
  readonly locUri: string;
  /** Octets. */
  readonly size: number;
  /** As the device named them. Of format `b64` the octets are kept, not their base64. */
  readonly format?: string;
  readonly type?: string;
  readonly completedAt: Date;
}

/** Where large values of devices are read; they are written with the message that brings them. */
export interface ObjectStore {
  /** Undefined: there is none, or its end has not come. */
  find(id: string): Promise<StoredObject | undefined>;
  /** Its octets in order, never many of them at a time. Rejects with AppError `unavailable` when the database is away. */
  read(id: string): AsyncIterable<Uint8Array>;
  /**
   * Removes what nobody will bring to its end, because its session is over; at most `limit`. Returns how many.
   */
  removeAbandoned(limit: number): Promise<number>;
}
