/** Shares out the rate that was agreed with an SMSC among the server processes that use the link. */
export interface LinkRates {
  /**
   * Takes the next free stretch of the link's time, as long as so many submits take at that rate. No two reservations
   * overlap, whoever makes them.
   * @param submits at least 1
   * @returns milliseconds from now until the stretch begins, 0 or more
   * @throws AppError `unavailable`; then nothing may be sent
   */
  reserve(linkId: string, submits: number, perSecond: number): Promise<number>;
}
